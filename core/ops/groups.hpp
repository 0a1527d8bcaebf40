#pragma once
// Reductions by groups: of each group of elements that have the same label (what xarray and pandas call groupby, flox
// groupby_reduce). Labels are integers, the numbers of groups from 0 on; -1 is no group. Lazy: a Group node. Bits depend
// on the chunks and the number of groups alone.
#include <optional>
#include <string>
#include <string_view>

#include <tessera/core/axes.hpp>
#include <tessera/core/ops/masks.hpp>

namespace tessera {

struct GroupOptions {
  ByName by_name{};
  /// Of x, along which the labels lie, one for each axis of the labels and in ascending order; the last axes of x unless
  /// they are given.
  Axes axis{};
  double correction = 0;  ///< variances and deviations: divide by n - correction (NumPy's ddof)
};

/// The reduction `how` of the elements of each group. how: "count", "sum", "prod", "mean", "var", "std", "min", "max",
/// "first", "last"; and "nansum", "nanmean", "nanvar", "nanstd", "nanmin", "nanmax", "nanfirst", "nanlast", which leave NaN
/// out, as xarray's do of floats unless they are told otherwise. count: of what is not NaN.
/// x: any shape. labels: integers, of the lengths of x's axes along which they lie. groups: how many there are.
/// returns: the shape of x with one axis of length `groups` in the place of the first axis of labels, without the others.
///   count: int64; sum, prod: as tessera::sum; mean, var, std: float64, float32 of float32; others: the dtype of x.
///   A group without elements: 0 of counts and sums, 1 of products, NaN of others; of integers and bool their smallest,
///   largest, first and last are 0.
/// A label that is none of these throws IndexError when the result is evaluated. throws UsageError for another `how`,
/// ShapeError for labels that do not fit, DTypeError for labels that are no integers and where the reduction does not take
/// the dtype of x.
TESSERA_API Array group_reduce(const Array& x, const Array& labels, std::string_view how, std::int64_t groups,
                               const GroupOptions& options = {});

#define TESSERA_GROUP_FUNCTION(how)                                                  \
  inline Array group_##how(const Array& x, const Array& labels, std::int64_t groups, \
                           const GroupOptions& options = {}) {                       \
    return group_reduce(x, labels, #how, groups, options);                           \
  }
TESSERA_GROUP_FUNCTION(count)
TESSERA_GROUP_FUNCTION(sum)
TESSERA_GROUP_FUNCTION(prod)
TESSERA_GROUP_FUNCTION(mean)
TESSERA_GROUP_FUNCTION(var)
TESSERA_GROUP_FUNCTION(std)
TESSERA_GROUP_FUNCTION(min)
TESSERA_GROUP_FUNCTION(max)
TESSERA_GROUP_FUNCTION(first)
TESSERA_GROUP_FUNCTION(last)
TESSERA_GROUP_FUNCTION(nansum)
TESSERA_GROUP_FUNCTION(nanmean)
TESSERA_GROUP_FUNCTION(nanvar)
TESSERA_GROUP_FUNCTION(nanstd)
TESSERA_GROUP_FUNCTION(nanmin)
TESSERA_GROUP_FUNCTION(nanmax)
TESSERA_GROUP_FUNCTION(nanfirst)
TESSERA_GROUP_FUNCTION(nanlast)
#undef TESSERA_GROUP_FUNCTION

/// One more than the largest label, at least 0: how many groups there are. Evaluates labels, by `count`.
/// throws DTypeError for labels that are no integers.
TESSERA_API std::int64_t groups_of(const Array& labels, const CountMask& count);

}  // namespace tessera

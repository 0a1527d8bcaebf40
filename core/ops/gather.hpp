#pragma once
// Indexing by arrays of integers, under NumPy's names and rules. Lazy. Index arrays have any integer dtype; an index i
// below 0 is extent + i. One that is out of range is an IndexError on all ranks when the result is evaluated, with its
// value and place. throws DTypeError for indices that are no integers; ShapeError for shapes that don't broadcast, and for
// an array of more than 2^47 elements. An expression that is indexed is computed first, whole; files and arrays in memory
// are read where indices point.
#include <optional>
#include <variant>
#include <vector>

#include <tessera/core/array.hpp>

namespace tessera {

/// One item of an index: what Index is, or an array of integers.
class ArrayIndex {
 public:
  template <std::convertible_to<Index> I>
  ArrayIndex(const I& item) : value_(Index(item)) {}     // NOLINT: index(x, {idx, Slice{}, 3}) is the point
  ArrayIndex(const Array& indices) : value_(indices) {}  // NOLINT
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Index* basic() const { return std::get_if<Index>(&value_); }

 private:
  std::variant<Index, Array> value_;
};

/// x[items]: arrays and integers broadcast together, and their axes stand where the first of them stood if they are
/// neighbours, in front otherwise. x[idx, :, j] is index(x, {idx, Slice{}, j}).
/// chunks: those of x, and of the index arrays where these give less than 16 MiB. throws IndexError also for a bool array:
/// the extent of x[mask] is known only when it is counted (Session, masks.hpp).
TESSERA_API Array index(const Array& x, const std::vector<ArrayIndex>& items);

/// x[..., indices, ...] on `axis`; without one, of the elements of x in row-major order.
TESSERA_API Array take(const Array& x, const Array& indices, std::optional<std::int64_t> axis = {});

/// Element (i, j, ..., k, ...) is x(i, j, ..., indices(i, j, ..., k, ...), ...): what argsort gives along the axis. The
/// other axes of x and indices broadcast.
TESSERA_API Array take_along_axis(const Array& x, const Array& indices, std::int64_t axis = -1);

/// The indices, one array an axis, of places in row-major order of an array of this shape. throws ValueError for an empty
/// shape.
TESSERA_API std::vector<Array> unravel_index(const Array& places, const Shape& shape);

/// What an index that is out of range does in ravel_multi_index.
enum class IndexMode { wrap, clip, as_is };
/// The places in row-major order of elements at these indices, one array an axis. as_is: indices are not looked at.
/// (NumPy raises an error by default: a lazy array can't.) throws UsageError when there is not one array an axis.
TESSERA_API Array ravel_multi_index(const std::vector<Array>& indices, const Shape& shape,
                                    IndexMode mode = IndexMode::as_is);

}  // namespace tessera

#include <tessera/core/ops/unique.hpp>

#include <tessera/core/ops/assign.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/cumulative.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/searching.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/sorting.hpp>

namespace tessera {
namespace {

// Of elements that are sorted along axis 0, those that are the first of their kind.
Array first_of_each(const Array& x, bool equal_nan) {
  const Array after = x[{Slice{1, {}}}], before = x[{Slice{{}, -1}}];
  Array same = after == before;
  if (equal_nan && is_inexact(x.dtype())) same = logical_or(same, logical_and(isnan(after), isnan(before)));
  Shape one = x.shape();
  one[0] = 1;
  return concat({full(one, true, DType::bool_), logical_not(same)}, 0);
}

// How far each place is from the next, the last one from the end.
Array distances(const Array& places, std::int64_t end) {
  return concat({places[{Slice{1, {}}}], full({1}, end, DType::int64)}, 0) - places;
}

// Of each element its place among the different elements of its column (along axis 0).
Array places_in_columns(const Array& x, bool equal_nan) {
  const SortOptions down{.axis = 0};
  const Array kinds = cumulative_sum(astype(first_of_each(sort(x, down), equal_nan), DType::int64), {.axis = 0});
  return put_along_axis(zeros(x.shape(), {.dtype = DType::int64}), argsort(x, down), kinds - std::int64_t{1}, 0);
}

// A number for each row of x, 2-d, in the order of rows.
Array row_numbers(const Array& x, bool equal_nan) {
  const std::int64_t n = x.shape()[0];
  Array places = places_in_columns(x, equal_nan);
  for (std::int64_t columns = x.shape()[1]; columns > 1; columns = (columns + 1) / 2) {
    const Array left = places[{Slice{}, Slice{0, columns / 2 * 2, 2}}], right = places[{Slice{}, Slice{1, {}, 2}}];
    Array pairs = left * n + right;
    if (columns % 2) pairs = concat({pairs, places[{Slice{}, Slice{columns - 1, {}}}]}, 1);
    places = places_in_columns(pairs, true);
  }
  return places[{Slice{}, 0}];
}

Unique unique_slices(const Array& x, UniqueOptions o, const CountMask& count) {
  const int axis = normalize_axis(*o.axis, x.rank(), "unique");
  const std::int64_t n = x.shape()[axis];
  if (n > std::int64_t{1} << 31) throw ShapeError("unique: more than 2^31 slices along an axis");
  const Array slices = moveaxis(x, axis, 0);
  const std::int64_t columns = n == 0 ? 0 : x.size() / n;
  const bool with_index = o.index;
  o.axis.reset();
  o.index = true;
  const Array numbers =
      columns == 0 ? zeros({n}, {.dtype = DType::int64}) : row_numbers(reshape(slices, {n, columns}), o.equal_nan);
  Unique result = unique(numbers, o, count);
  result.values = moveaxis(take(slices, *result.index, 0), 0, axis);
  if (!with_index) result.index.reset();
  return result;
}

}  // namespace

Unique unique(const Array& x, const UniqueOptions& o, const CountMask& count) {
  if (o.axis)
    return x.rank() == 1 && normalize_axis(*o.axis, 1, "unique") == 0
               ? unique(x, {.index = o.index, .inverse = o.inverse, .counts = o.counts, .equal_nan = o.equal_nan},
                        count)
               : unique_slices(x, o, count);
  const Array line = x.rank() == 1 ? x : ravel(x);
  const std::int64_t length = line.shape()[0];
  const auto if_wanted = [](bool wanted, const Array& a) { return wanted ? std::optional(a) : std::nullopt; };
  if (length == 0) {
    const Array none = zeros({0}, {.dtype = DType::int64});
    return {line, if_wanted(o.index, none), if_wanted(o.inverse, zeros(x.shape(), {.dtype = DType::int64})),
            if_wanted(o.counts, none)};
  }
  const Array sorted = sort(line), first = first_of_each(sorted, o.equal_nan);
  std::vector<Array> wanted{sorted};
  if (o.index) wanted.push_back(argsort(line));
  if (o.counts) wanted.push_back(arange(std::int64_t{0}, length, std::int64_t{1}));
  const std::vector<Array> found = extract(first, wanted, count);
  Unique result{found[0]};
  if (o.index) result.index = found[1];
  if (o.counts) result.counts = distances(found.back(), length);
  if (!o.inverse) return result;
  // Where each NaN is its own there are several places for it; and of complex numbers with a NaN the one that stands for
  // all is the first of them in the order.
  const bool by_place = !o.equal_nan && is_inexact(x.dtype());
  const Array inverse = by_place ? put(zeros({length}, {.dtype = DType::int64}), argsort(line),
                                       cumulative_sum(astype(first, DType::int64)) - std::int64_t{1})
                                 : minimum(searchsorted(result.values, line), result.values.shape()[0] - 1);
  result.inverse = x.rank() == 1 ? inverse : reshape(inverse, x.shape());
  return result;
}

}  // namespace tessera

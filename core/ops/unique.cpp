#include <tessera/core/ops/unique.hpp>

#include <tessera/core/ops/assign.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/cumulative.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/searching.hpp>
#include <tessera/core/ops/sorting.hpp>

namespace tessera {
namespace {

// Of sorted elements, those that are the first of their kind.
Array first_of_each(const Array& x, bool equal_nan) {
  const Array after = x[{Slice{1, {}}}], before = x[{Slice{{}, -1}}];
  Array same = after == before;
  if (equal_nan && is_inexact(x.dtype())) same = logical_or(same, logical_and(isnan(after), isnan(before)));
  return concat({full({1}, true, DType::bool_), logical_not(same)}, 0);
}

// How far each place is from the next, the last one from the end.
Array distances(const Array& places, std::int64_t end) {
  return concat({places[{Slice{1, {}}}], full({1}, end, DType::int64)}, 0) - places;
}

}  // namespace

Unique unique(const Array& x, const UniqueOptions& o, const CountMask& count) {
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

#include <tessera/core/ops/sets.hpp>

#include <tessera/core/ops/choices.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/sorting.hpp>

namespace tessera {
namespace {

Array as_line(const Array& x) { return x.rank() == 1 ? x : ravel(x); }

// One after the other, in their common dtype.
Array joined(const Array& a, const Array& b) {
  const DType type = promote(a.dtype(), b.dtype());
  return concat({astype(as_line(a), type), astype(as_line(b), type)}, 0);
}

Array without_last(const Array& x) { return x[{Slice{{}, -1}}]; }
Array without_first(const Array& x) { return x[{Slice{1, {}}}]; }

}  // namespace

Array union1d(const Array& a, const Array& b, const CountMask& count) { return unique(joined(a, b), {}, count).values; }

Intersection intersect1d(const Array& a, const Array& b, const IntersectOptions& o, const CountMask& count) {
  Unique in_a{as_line(a)}, in_b{as_line(b)};
  if (!o.assume_unique) in_a = unique(a, {.index = o.indices}, count), in_b = unique(b, {.index = o.indices}, count);
  const Array both = joined(in_a.values, in_b.values);
  if (both.size() == 0) {
    const Array none = zeros({0}, {.dtype = DType::int64});
    return {both, o.indices ? std::optional(none) : std::nullopt, o.indices ? std::optional(none) : std::nullopt};
  }
  // Of two that are equal, the one of a comes first.
  const Array sorted = sort(both), twice = without_last(sorted) == without_first(sorted);
  std::vector<Array> wanted{without_last(sorted)};
  if (o.indices) {
    const Array from = argsort(both);
    wanted.push_back(without_last(from)), wanted.push_back(without_first(from));
  }
  const std::vector<Array> found = extract(twice, wanted, count);
  Intersection result{found[0]};
  if (!o.indices) return result;
  const Array at_a = found[1], at_b = found[2] - in_a.values.size();
  result.in_a = in_a.index ? take(*in_a.index, at_a) : at_a;
  result.in_b = in_b.index ? take(*in_b.index, at_b) : at_b;
  return result;
}

Array setdiff1d(const Array& a, const Array& b, bool assume_unique, const CountMask& count) {
  const Array of = assume_unique ? as_line(a) : unique(a, {}, count).values;
  return of.size() == 0 ? of : extract(isin(of, b, true), of, count);
}

Array setxor1d(const Array& a, const Array& b, bool assume_unique, const CountMask& count) {
  const Array all = assume_unique ? joined(a, b) : joined(unique(a, {}, count).values, unique(b, {}, count).values);
  if (all.size() == 0) return all;
  const Array sorted = sort(all), differs = without_first(sorted) != without_last(sorted);
  const Array end = full({1}, true, DType::bool_);
  return extract(logical_and(concat({end, differs}, 0), concat({differs, end}, 0)), sorted, count);
}

}  // namespace tessera

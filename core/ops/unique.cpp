#include <tessera/core/ops/unique.hpp>

#include <limits>
#include <string>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/searching.hpp>
#include <tessera/core/ops/sorting.hpp>

namespace tessera {
namespace {

void check_line(const Array& x, const char* name) {
  if (x.rank() != 1)
    throw ShapeError(std::string(name) + ": an array of shape " + to_string(x.shape()) + " is not 1-d");
}

// Of sorted elements, those that are the first of their kind.
Array first_of_each(const Array& x) {
  const Array after = x[{Slice{1, {}}}], before = x[{Slice{{}, -1}}];
  Array same = after == before;
  if (is_inexact(x.dtype())) same = logical_or(same, logical_and(isnan(after), isnan(before)));
  return concat({full({1}, true, DType::bool_), logical_not(same)}, 0);
}

// None is behind it in the order.
Scalar last_of(DType type) {
  return visit_dtype(type, [&]<class T>(T) -> Scalar {
    if constexpr (std::is_same_v<T, bool>)
      return true;
    else if constexpr (std::is_integral_v<T>)
      return std::numeric_limits<T>::max();
    else if constexpr (std::is_floating_point_v<T>)
      return std::numeric_limits<double>::quiet_NaN();
    else
      return std::complex<double>(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN());
  });
}

}  // namespace

Unique unique(const Array& x, const UniqueOptions& o, const CountMask& count) {
  check_line(x, "unique");
  const std::int64_t length = x.shape()[0];
  if (length == 0) {
    const Array none = zeros({0}, {.dtype = DType::int64});
    return {x, o.inverse ? std::optional(none) : std::nullopt, o.counts ? std::optional(none) : std::nullopt};
  }
  const Array sorted = sort(x), first = first_of_each(sorted);
  const std::int64_t n = count(sum(first, {.keepdims = true, .dtype = DType::int64})).at(0);
  // The others become the last element of all, so that the first n in order are those that were flagged.
  const auto flagged = [&](const Array& elements, const Scalar& last) {
    return topk(where(first, elements, full({1}, last, elements.dtype())), -n, 0);
  };
  Unique result{flagged(sorted, last_of(x.dtype()))};
  if (o.inverse) result.inverse = minimum(searchsorted(result.values, x), n - 1);
  if (o.counts) {
    const Array place = flagged(arange(std::int64_t{0}, length, std::int64_t{1}), length);
    result.counts = concat({place[{Slice{1, {}}}], full({1}, length, DType::int64)}, 0) - place;
  }
  return result;
}

Array union1d(const Array& a, const Array& b, const CountMask& count) {
  check_line(a, "union1d"), check_line(b, "union1d");
  const DType type = promote(a.dtype(), b.dtype());
  return unique(concat({astype(a, type), astype(b, type)}, 0), {}, count).values;
}

}  // namespace tessera

#include <tessera/core/ops/bincount.hpp>

#include <algorithm>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/group_builder.hpp>
#include <tessera/core/ops/groups.hpp>

namespace tessera {
namespace {

void check(const Array& x, const std::optional<Array>& weights) {
  if (x.rank() != 1) throw ShapeError("bincount: x has shape " + to_string(x.shape()) + "; it must be 1-d");
  if (kind_of(x.dtype()) != Kind::integer)
    throw DTypeError("bincount: x has dtype " + to_string(x.dtype()) + "; integers are counted");
  if (!weights) return;
  if (weights->shape() != x.shape())
    throw ShapeError("bincount: weights of shape " + to_string(weights->shape()) + " for x of shape " +
                     to_string(x.shape()));
  if (is_complex(weights->dtype())) throw DTypeError("bincount: the weights must be real");
}

}  // namespace

Array bincount(const Array& x, std::int64_t length, const std::optional<Array>& weights) {
  check(x, weights);
  if (length < 0) throw ValueError("bincount: the length is " + std::to_string(length));
  std::optional<groups::Folded> sums;
  const DType f64 = DType::float64;
  if (weights)
    sums = groups::Folded{groups::as_it_is(weights->dtype() == DType::float32 ? *weights : astype(*weights, f64)),
                          {Combiner::sum, f64, nullptr},
                          false,
                          reductions::as_it_is(f64)};
  return groups::by_labels(groups::as_it_is(x), 0, length, x.chunks(), 1, sums);
}

Array bincount(const Array& x, const std::optional<Array>& weights, std::int64_t minlength, const CountMask& count) {
  check(x, weights);
  if (minlength < 0) throw ValueError("bincount: minlength is " + std::to_string(minlength));
  return bincount(x, std::max(minlength, groups_of(x, count)), weights);
}

}  // namespace tessera

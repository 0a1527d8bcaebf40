#include <tessera/core/ops/multiply.hpp>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera::products {
namespace {

Shape stack_of(const Shape& shape) {
  Shape stack;
  for (int i = 0; i + 2 < shape.size(); i++) stack.push_back(shape[i]);
  return stack;
}

// An operand as its stack has it: axes of length 1 before its own.
Edge operand(const Array& x, int rank) {
  Shape seen = Shape::filled(rank - x.rank(), 1);
  std::vector<IndexTransform::Axis> axes;
  for (int i = 0; i < x.rank(); i++) {
    axes.push_back({seen.size(), 0, 1});
    seen.push_back(x.shape()[i]);
  }
  return {x.node(), {seen, std::move(axes)}};
}

}  // namespace

std::string with_shapes(const char* name, const Array& a, const Array& b) {
  return std::string(name) + ": " + to_string(a.shape()) + " x " + to_string(b.shape()) + ": ";
}

Array sum_along(const Array& x, const Axes& axis) {
  if (x.dtype() == DType::bool_) return any(x, {.axis = axis});
  return astype(sum(x, {.axis = axis}), x.dtype());
}

Array multiply(const Array& a, const Array& b, const char* name) {
  const std::int64_t m = a.shape()[a.rank() - 2], k = a.shape()[a.rank() - 1], n = b.shape()[b.rank() - 1];
  Shape shape = broadcast_shapes(stack_of(a.shape()), stack_of(b.shape()), name);
  shape.push_back(m), shape.push_back(n);
  if (k == 0 || num_elements(shape) == 0) return zeros(shape, {.dtype = a.dtype()});
  if (m == 1) return expand_dims(sum_along(swapaxes(a, -1, -2) * b, -2), -2);
  if (n == 1) return expand_dims(sum_along(a * swapaxes(b, -1, -2), -1), -1);
  return Array(std::make_shared<ContractNode>(operand(a, shape.size()), operand(b, shape.size()), shape, a.dtype()));
}

}  // namespace tessera::products

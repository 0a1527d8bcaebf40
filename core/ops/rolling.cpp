#include <tessera/core/ops/rolling.hpp>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>

namespace tessera {
namespace {

Array rolling(const Array& given, std::int64_t asked, const RollingOptions& o, StencilKind kind, const char* name) {
  if (is_complex(given.dtype()))
    throw DTypeError(std::string(name) + ": complex numbers; roll their real and imaginary parts one by one");
  if (given.rank() == 0) throw ShapeError(std::string(name) + ": a number has no axis to roll along");
  const int axis = normalize_axis(o.axis, given.rank(), name);
  if (asked < 1) throw ValueError(std::string(name) + ": the window is " + std::to_string(asked) + "; at least 1");
  const std::int64_t min_count = o.min_count.value_or(asked);
  if (min_count < 1 || min_count > asked)
    throw ValueError(std::string(name) + ": min_count is " + std::to_string(min_count) + "; from 1 to the window, " +
                     std::to_string(asked));
  const Array x = given.dtype() == DType::float32 ? given : astype(given, DType::float64);
  if (x.size() == 0) return x;
  // One that reaches beyond both ends from everywhere, as one of any length does that is longer, needs no larger blocks.
  const std::int64_t window = std::min(asked, 2 * x.shape()[axis] + 2);
  const std::int64_t after = o.center ? window - 1 - window / 2 : 0;
  Stencil s;
  s.kind = kind;
  s.min_count = min_count;
  s.boundary.assign(static_cast<std::size_t>(x.rank()), Boundary::constant);
  for (const std::int64_t distance : {after + 1 - window, after}) {
    Dims tap = Dims::filled(x.rank(), 0);
    tap[axis] = distance;
    s.taps.push_back(tap);
  }
  return Array(std::make_shared<StencilNode>(Edge{x.node(), IndexTransform::identity(x.shape())}, x.chunks(),
                                             Box::whole(x.shape()), std::make_shared<const Stencil>(std::move(s))));
}

}  // namespace

Array rolling_sum(const Array& x, std::int64_t window, const RollingOptions& o) {
  return rolling(x, window, o, StencilKind::rolling_sum, "rolling_sum");
}
Array rolling_mean(const Array& x, std::int64_t window, const RollingOptions& o) {
  return rolling(x, window, o, StencilKind::rolling_mean, "rolling_mean");
}
Array rolling_min(const Array& x, std::int64_t window, const RollingOptions& o) {
  return rolling(x, window, o, StencilKind::rolling_minimum, "rolling_min");
}
Array rolling_max(const Array& x, std::int64_t window, const RollingOptions& o) {
  return rolling(x, window, o, StencilKind::rolling_maximum, "rolling_max");
}

}  // namespace tessera

#include <tessera/core/array.hpp>

#include <limits>
#include <ostream>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {

Array::Array() {
  static const NodePtr nothing = zeros({0}).node();
  node_ = nothing;
}

const Shape& Array::shape() const { return node_->shape(); }
DType Array::dtype() const { return node_->dtype(); }
const ChunkGrid& Array::chunks() const { return node_->grid(); }
Array Array::T() const { return tessera::transpose(*this); }

namespace {

// Python's slice.indices: start, step and count for an axis of n elements.
struct Resolved {
  std::int64_t start, step, count;
};
Resolved resolve(const Slice& s, std::int64_t n) {
  std::int64_t step = s.step.value_or(1);
  if (step == 0) throw IndexError("slice step is 0");
  if (step == std::numeric_limits<std::int64_t>::min())
    step++;  // its magnitude must be a number; it steps over any axis
  const auto clip = [&](std::int64_t i, std::int64_t low, std::int64_t high) {
    if (i < 0) i += n;
    return i < low ? low : i > high ? high : i;
  };
  if (step > 0) {
    const std::int64_t start = s.start ? clip(*s.start, 0, n) : 0, stop = s.stop ? clip(*s.stop, 0, n) : n;
    return {start, step, stop > start ? (stop - start - 1) / step + 1 : 0};
  }
  const std::int64_t start = s.start ? clip(*s.start, -1, n - 1) : n - 1, stop = s.stop ? clip(*s.stop, -1, n - 1) : -1;
  return {start, step, start > stop ? (start - stop - 1) / -step + 1 : 0};
}

}  // namespace

Array Array::index(const std::vector<Index>& items) const {
  int axes_named = 0, ellipses = 0;
  for (const auto& item : items) {
    if (std::holds_alternative<Ellipsis>(item.value()))
      ellipses++;
    else if (!std::holds_alternative<NewAxis>(item.value()))
      axes_named++;
  }
  if (ellipses > 1) throw IndexError("an index can have only one ellipsis ('...')");
  if (axes_named > rank())
    throw IndexError("too many indices: an array of shape " + to_string(shape()) + " has " + std::to_string(rank()) +
                     " dimensions, but " + std::to_string(axes_named) + " were indexed");

  Shape out;
  std::vector<IndexTransform::Axis> axes;
  const auto keep_whole = [&] {
    axes.push_back({out.size(), 0, 1});
    out.push_back(shape()[static_cast<int>(axes.size()) - 1]);
  };
  for (const auto& item : items) {
    const int axis = static_cast<int>(axes.size());
    if (std::holds_alternative<Ellipsis>(item.value())) {
      for (int k = rank() - axes_named; k > 0; k--) keep_whole();
    } else if (std::holds_alternative<NewAxis>(item.value())) {
      out.push_back(1);
    } else if (const auto* i = std::get_if<std::int64_t>(&item.value())) {
      const std::int64_t n = shape()[axis], at = *i < 0 ? *i + n : *i;
      if (at < 0 || at >= n)
        throw IndexError("index " + std::to_string(*i) + " is out of bounds for axis " + std::to_string(axis) +
                         " with size " + std::to_string(n));
      axes.push_back({-1, at, 0});
    } else {
      const Resolved r = resolve(std::get<Slice>(item.value()), shape()[axis]);
      // One element or none is stepped over by nothing: steps near 2^63 stay out of the products of composed views.
      axes.push_back({out.size(), r.count ? r.start : 0, r.count > 1 ? r.step : 1});
      out.push_back(r.count);
    }
  }
  while (static_cast<int>(axes.size()) < rank()) keep_whole();
  IndexTransform t(out, std::move(axes));
  if (t.is_identity(shape())) return *this;
  return Array(std::make_shared<ViewNode>(node_, std::move(t)));
}

std::string to_string(const Array& x) {
  return "Array of shape " + to_string(x.shape()) + ", " + to_string(x.dtype()) + ", in chunks of " +
         to_string(x.chunks().largest());
}

std::ostream& operator<<(std::ostream& out, const Array& x) { return out << to_string(x); }

}  // namespace tessera

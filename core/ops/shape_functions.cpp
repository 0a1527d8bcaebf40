#include <tessera/core/ops/shape_functions.hpp>

#include <algorithm>

#include <tessera/core/graph/node.hpp>

namespace tessera {
namespace {

Array view(const Array& x, IndexTransform t) {
  if (t.is_identity(x.shape())) return x;
  return Array(std::make_shared<ViewNode>(x.node(), std::move(t)));
}

// Counted from the front. throws ShapeError when one is given twice.
Dims different_axes(const Dims& axes, int rank, const char* name) {
  Dims all;
  for (const auto a : axes) {
    const int axis = normalize_axis(a, rank, name);
    if (std::find(all.begin(), all.end(), axis) != all.end())
      throw ShapeError(std::string(name) + ": axis " + std::to_string(a) + " is given twice in " + to_string(axes));
    all.push_back(axis);
  }
  return all;
}

}  // namespace

Array permute_dims(const Array& x, const Dims& axes) {
  if (axes.size() != x.rank())
    throw ShapeError("permute_dims: axes " + to_string(axes) + " are not a permutation of the " +
                     std::to_string(x.rank()) + " dimensions of shape " + to_string(x.shape()));
  Dims order;
  std::uint32_t seen = 0;
  for (auto a : axes) {
    order.push_back(normalize_axis(a, x.rank(), "permute_dims"));
    if (seen >> order.back() & 1u)
      throw ShapeError("permute_dims: axis " + std::to_string(a) + " is given twice in " + to_string(axes));
    seen |= 1u << order.back();
  }
  return view(x, IndexTransform::permute(x.shape(), order));
}

Array transpose(const Array& x, const Dims& axes) {
  if (!axes.empty()) return permute_dims(x, axes);
  Dims order;
  for (int i = x.rank() - 1; i >= 0; i--) order.push_back(i);
  return permute_dims(x, order);
}

Array swapaxes(const Array& x, std::int64_t axis1, std::int64_t axis2) {
  Dims order;
  for (int i = 0; i < x.rank(); i++) order.push_back(i);
  std::swap(order[normalize_axis(axis1, x.rank(), "swapaxes")], order[normalize_axis(axis2, x.rank(), "swapaxes")]);
  return permute_dims(x, order);
}

Array moveaxis(const Array& x, std::int64_t source, std::int64_t destination) {
  return moveaxis(x, Dims{source}, Dims{destination});
}

Array moveaxis(const Array& x, const Dims& source, const Dims& destination) {
  if (source.size() != destination.size())
    throw ShapeError("moveaxis: " + std::to_string(source.size()) + " axes and " + std::to_string(destination.size()) +
                     " places");
  const Dims from = different_axes(source, x.rank(), "moveaxis"),
             to = different_axes(destination, x.rank(), "moveaxis");
  Dims order = Dims::filled(x.rank(), -1);
  std::uint32_t moved = 0;
  for (int k = 0; k < from.size(); k++) order[static_cast<int>(to[k])] = from[k], moved |= 1u << from[k];
  int next = 0;
  for (auto& axis : order) {
    if (axis >= 0) continue;
    while (moved >> next & 1u) next++;
    axis = next++;
  }
  return permute_dims(x, order);
}

Array flip(const Array& x, const Dims& axes) {
  std::uint32_t flipped = 0;
  for (auto a : axes) flipped |= 1u << normalize_axis(a, x.rank(), "flip");
  std::vector<IndexTransform::Axis> t;
  for (int i = 0; i < x.rank(); i++) {
    const bool back = (axes.empty() || (flipped >> i & 1u)) && x.shape()[i] > 0;
    t.push_back(back ? IndexTransform::Axis{i, x.shape()[i] - 1, -1} : IndexTransform::Axis{i, 0, 1});
  }
  return view(x, {x.shape(), std::move(t)});
}

Array expand_dims(const Array& x, std::int64_t axis) {
  const int at = normalize_axis(axis, x.rank() + 1, "expand_dims");
  Shape out = x.shape();
  out.insert(at, 1);
  std::vector<IndexTransform::Axis> t;
  for (int i = 0; i < x.rank(); i++) t.push_back({i < at ? i : i + 1, 0, 1});
  return view(x, {out, std::move(t)});
}

Array expand_dims(const Array& x, const Dims& axes) {
  Dims all = different_axes(axes, x.rank() + axes.size(), "expand_dims");
  std::sort(all.begin(), all.end());
  Array y = x;
  for (const auto a : all) y = expand_dims(y, a);
  return y;
}

Array squeeze(const Array& x, const Dims& axes) {
  std::uint32_t dropped = 0;
  for (auto a : axes) {
    const int i = normalize_axis(a, x.rank(), "squeeze");
    if (x.shape()[i] != 1)
      throw ShapeError("squeeze: axis " + std::to_string(a) + " of shape " + to_string(x.shape()) + " has length " +
                       std::to_string(x.shape()[i]) + ", not 1");
    dropped |= 1u << i;
  }
  Shape out;
  std::vector<IndexTransform::Axis> t;
  for (int i = 0; i < x.rank(); i++) {
    if (axes.empty() ? x.shape()[i] == 1 : (dropped >> i & 1u) != 0) {
      t.push_back({-1, 0, 0});
    } else {
      t.push_back({out.size(), 0, 1});
      out.push_back(x.shape()[i]);
    }
  }
  return view(x, {out, std::move(t)});
}

Array broadcast_to(const Array& x, const Shape& shape) {
  const Shape both = broadcast_shapes(x.shape(), shape, "broadcast_to");
  if (!(both == shape))
    throw ShapeError("broadcast_to: shape " + to_string(x.shape()) + " does not broadcast to " + to_string(shape));
  return view(x, IndexTransform::broadcast(x.shape(), shape));
}

}  // namespace tessera

#include <tessera/core/ops/reshape.hpp>

#include <algorithm>

#include <tessera/core/axis_groups.hpp>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/rechunk.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

/// With what is left of `size` for a length of -1.
Shape complete(Shape shape, const Array& x) {
  const auto refuse = [&](const std::string& why) {
    throw ShapeError("reshape: an array of shape " + to_string(x.shape()) + " and " + std::to_string(x.size()) +
                     " elements as " + to_string(shape) + why);
  };
  int left = -1;
  for (int i = 0; i < shape.size(); i++) {
    if (shape[i] >= 0) continue;
    if (shape[i] < -1)
      throw ValueError("reshape: length " + std::to_string(shape[i]) + " in shape " + to_string(shape));
    if (left >= 0) throw ValueError("reshape: only one length can be -1, in shape " + to_string(shape));
    left = i;
  }
  Shape rest = shape;
  if (left >= 0) rest[left] = 1;
  const std::int64_t size = num_elements(rest);
  if (left < 0) {
    if (size != x.size()) refuse(", which has " + std::to_string(size));
    return shape;
  }
  if (size == 0 || x.size() % size != 0)
    refuse(": " + std::to_string(x.size()) + " is no multiple of the other lengths' product " + std::to_string(size));
  rest[left] = x.size() / size;
  return rest;
}

Shape without_ones(const Shape& shape) {
  Shape rest;
  for (const auto e : shape)
    if (e != 1) rest.push_back(e);
  return rest;
}

/// Of a shape that differs in axes of length 1.
Array view_as(const Array& x, const Shape& shape) {
  Array y = squeeze(x);
  for (int i = 0; i < shape.size(); i++)
    if (shape[i] == 1) y = expand_dims(y, i);
  return y;
}

}  // namespace

Array reshape(const Array& x, const Dims& wanted, const Dims& chunks) {
  const Shape shape = complete(wanted, x);
  if (!chunks.empty()) return rechunk(reshape(x, shape), chunks);
  if (shape == x.shape()) return x;
  if (x.size() == 0) return zeros(shape, {.dtype = x.dtype(), .chunks = {}});
  if (without_ones(shape) == without_ones(x.shape())) return view_as(x, shape);
  return Array(std::make_shared<ReshapeNode>(Edge{x.node(), IndexTransform::identity(x.shape())},
                                             reshaped_chunks(x.chunks(), shape, item_size(x.dtype()))));
}

Array ravel(const Array& x) { return reshape(x, {x.size()}); }
Array flatten(const Array& x) { return ravel(x); }

Array diagonal(const Array& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  const Shape& shape = x.shape();
  if (x.rank() < 2) throw ShapeError("diagonal: an array of shape " + to_string(shape) + " has no two axes");
  const int rows = normalize_axis(axis1, x.rank(), "diagonal"), columns = normalize_axis(axis2, x.rank(), "diagonal");
  if (rows == columns)
    throw ShapeError("diagonal: axis1 and axis2 are both axis " + std::to_string(rows) + " of shape " +
                     to_string(shape));
  const std::int64_t down = std::clamp<std::int64_t>(offset < -shape[rows] ? shape[rows] : -offset, 0, shape[rows]);
  const std::int64_t right = std::clamp<std::int64_t>(offset, 0, shape[columns]);
  const std::int64_t length = std::min(shape[rows] - down, shape[columns] - right);
  Shape out;
  std::vector<IndexTransform::Axis> axes(static_cast<std::size_t>(x.rank()));
  for (int i = 0; i < x.rank(); i++) {
    if (i == rows || i == columns) continue;
    axes[i] = {out.size(), 0, 1};
    out.push_back(shape[i]);
  }
  axes[rows] = {out.size(), down, 1}, axes[columns] = {out.size(), right, 1};
  out.push_back(length);
  if (num_elements(out) == 0) return zeros(out, {.dtype = x.dtype(), .chunks = {}});
  IndexTransform seen(out, std::move(axes));
  const ChunkGrid grid = seen.map_grid(x.chunks());
  return Array(std::make_shared<ReshapeNode>(Edge{x.node(), std::move(seen)}, grid));
}

}  // namespace tessera

#include <tessera/core/ops/index_arrays.hpp>

#include <algorithm>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/source_node.hpp>

namespace tessera {
namespace {

// x along `axis` of an array of `rank` axes, length 1 on the others.
Array along(const Array& x, int axis, int rank) {
  Shape shape = Shape::filled(rank, 1);
  shape[axis] = x.size();
  std::vector<IndexTransform::Axis> axes;
  if (x.rank() == 1) axes.push_back({axis, 0, 1});
  return Array(std::make_shared<ViewNode>(x.node(), IndexTransform(shape, std::move(axes))));
}

// x broadcast to `shape` in the chunks of `grid`: not a view, whose chunks would be as long as the axes that it
// repeats.
Array repeated(const Array& x, const ChunkGrid& grid) {
  const Shape shape = grid.shape();
  return Array(std::make_shared<MapNode>(identity_program(x.dtype()), std::vector<ScalarParameter>{}, shape, grid,
                                         std::vector<Edge>{{x.node(), IndexTransform::broadcast(x.shape(), shape)}}));
}

Dims only(const Dims& chunks, int axis) { return chunks.empty() ? Dims{} : Dims{chunks[axis]}; }

std::vector<Array> index_axes(const Shape& shape, DType dtype, const Dims& chunks) {
  std::vector<Array> axes;
  for (int i = 0; i < shape.size(); i++)
    axes.push_back(along(arange(Scalar(0), Scalar(shape[i]), Scalar(1), dtype, only(chunks, i)), i, shape.size()));
  return axes;
}

}  // namespace

Array eye(std::int64_t rows, std::optional<std::int64_t> columns, std::int64_t k, const CreateArrayOptions& o) {
  const Shape shape{rows, columns.value_or(rows)};
  const Dims chunks = grid_for(shape, o.dtype, o.chunks).largest();
  const std::int64_t shift = std::clamp(k, -rows, shape[1]);  // beyond, there is no diagonal
  const Array i =
      arange(Scalar(shift), Scalar(checked_add(shift, rows)), Scalar(1), DType::int64, rows ? only(chunks, 0) : Dims{});
  const Array j = arange(Scalar(0), Scalar(shape[1]), Scalar(1), DType::int64, shape[1] ? only(chunks, 1) : Dims{});
  return astype(equal(along(i, 0, 2), along(j, 1, 2)), o.dtype);
}

std::vector<Array> sparse_indices(const Shape& shape, DType dtype) {
  static_cast<void>(num_elements(shape));
  return index_axes(shape, dtype, {});
}

Array indices(const Shape& shape, DType dtype) {
  if (shape.empty()) return zeros({0}, {.dtype = dtype, .chunks = {}});
  const ChunkGrid grid = grid_for(shape, dtype, {});
  std::vector<Array> parts;
  for (const auto& axis : index_axes(shape, dtype, {})) parts.push_back(repeated(axis, grid));
  return stack(parts);
}

std::vector<Array> meshgrid(const std::vector<Array>& arrays, const MeshgridOptions& o) {
  const int rank = static_cast<int>(arrays.size());
  if (rank > max_rank) throw ShapeError("meshgrid: arrays have at most " + std::to_string(max_rank) + " dimensions");
  Shape shape = Shape::filled(rank, 1);
  std::vector<Array> axes;
  for (int i = 0; i < rank; i++) {
    const Array& x = arrays[i];
    if (x.rank() > 1) throw ShapeError("meshgrid: takes 1-d arrays, not one of shape " + to_string(x.shape()));
    const int axis = !o.matrix_order && rank > 1 && i < 2 ? 1 - i : i;
    shape[axis] = x.size();
    axes.push_back(along(x, axis, rank));
  }
  if (o.sparse) return axes;
  std::vector<Array> grids;
  for (const auto& x : axes) grids.push_back(repeated(x, grid_for(shape, x.dtype(), {})));
  return grids;
}

Array fromfunction(const std::function<Array(const std::vector<Array>&)>& f, const Shape& shape,
                   const CreateArrayOptions& o) {
  const ChunkGrid grid = grid_for(shape, o.dtype, o.chunks);
  std::vector<Array> axes;
  for (const auto& axis : index_axes(shape, o.dtype, {})) axes.push_back(repeated(axis, grid));
  return f(axes);
}

}  // namespace tessera

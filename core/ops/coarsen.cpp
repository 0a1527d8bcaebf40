#include <tessera/core/ops/coarsen.hpp>

#include <tessera/core/common_cuts.hpp>
#include <tessera/core/ops/rechunk.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/slices.hpp>

namespace tessera {

std::vector<Array> unify_chunks(const std::vector<Array>& arrays) {
  Shape shape;
  for (const auto& x : arrays) shape = broadcast_shapes(shape, x.shape(), "unify_chunks");
  std::vector<AxisChunks> cuts;
  for (int i = 0; i < shape.size(); i++) {
    AxisChunks axis = AxisChunks::regular(shape[i], std::max<std::int64_t>(1, shape[i]));
    for (const auto& x : arrays) {
      const int own = i - (shape.size() - x.rank());
      if (own >= 0 && x.shape()[own] == shape[i]) axis = common_cuts(axis, x.chunks().axis(own));
    }
    cuts.push_back(std::move(axis));
  }
  std::vector<Array> alike;
  for (const auto& x : arrays) {
    std::vector<AxisChunks> axes;
    for (int i = 0; i < x.rank(); i++) {
      const int common = i + shape.size() - x.rank();
      axes.push_back(x.shape()[i] == shape[common] ? cuts[common] : x.chunks().axis(i));
    }
    alike.push_back(rechunk(x, ChunkGrid(std::move(axes))));
  }
  return alike;
}

Array coarsen(const BlockReduction& reduction, const Array& x, const Dims& factors, bool trim) {
  if (factors.size() != x.rank())
    throw ShapeError("coarsen: factors " + to_string(factors) + " are not one for each axis of shape " +
                     to_string(x.shape()));
  Array y = x;
  Shape blocks;
  std::vector<std::int64_t> within;
  for (int i = 0; i < x.rank(); i++) {
    const std::int64_t n = x.shape()[i], f = factors[i];
    if (f < 1) throw ValueError("coarsen: factor " + std::to_string(f) + " of axis " + std::to_string(i));
    if (n % f != 0 && !trim)
      throw ValueError("coarsen: axis " + std::to_string(i) + " of shape " + to_string(x.shape()) +
                       " has no whole number of blocks of " + std::to_string(f) + "; trim leaves out the rest");
    y = slice(y, i, 0, n / f * f);
    blocks.push_back(n / f);
    if (f == 1) continue;
    within.push_back(blocks.size());
    blocks.push_back(f);
  }
  if (within.empty()) return reduction(y, {.axis = Axes(std::vector<std::int64_t>{})});
  return reduction(reshape(y, blocks), {.axis = Axes(within)});
}

}  // namespace tessera

#include <tessera/core/ops/broadcast_grid.hpp>

#include <algorithm>

namespace tessera {

ChunkGrid broadcast_grid(const std::vector<Edge>& edges, const Shape& shape) {
  std::vector<const Edge*> by_size;
  for (const auto& e : edges) by_size.push_back(&e);
  const auto chunk_size = [](const Edge* e) { return num_elements(e->node->shape()); };
  std::stable_sort(by_size.begin(), by_size.end(), [&](auto* a, auto* b) { return chunk_size(a) > chunk_size(b); });
  std::vector<AxisChunks> axes;
  for (int i = 0; i < shape.size(); i++)
    axes.push_back(AxisChunks::regular(shape[i], std::max<std::int64_t>(1, shape[i])));
  std::uint32_t decided = 0;
  for (const auto* e : by_size)
    for (int j = 0; j < e->map.input_rank(); j++) {
      const int i = e->map.axis(j).from;
      if (i < 0 || (decided >> i & 1u)) continue;
      axes[i] = e->node->grid().axis(j);
      decided |= 1u << i;
    }
  return ChunkGrid(std::move(axes));
}

}  // namespace tessera

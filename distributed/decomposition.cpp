#include <algorithm>
#include <tessera/distributed/decomposition.hpp>

namespace tessera {
namespace {

[[noreturn]] void refuse(const Shape& shape, const std::vector<Box>& blocks) {
  std::string text = "from_local: the blocks of the ranks don't tile the shape " + to_string(shape) + " as a grid:";
  for (std::size_t r = 0; r < blocks.size() && r < 8; r++)
    text += " rank " + std::to_string(r) + " has " + to_string(blocks[r]);
  throw ShapeError(text + (blocks.size() > 8 ? " ..." : ""));
}

}  // namespace

Decomposition decompose(const Shape& shape, const std::vector<Box>& blocks) {
  // A 0-d array is one cell, which rank 0 has.
  std::vector<std::pair<int, const Box*>> present;
  for (std::size_t r = 0; r < blocks.size() && (shape.size() > 0 || r == 0); r++)
    if (!blocks[r].empty()) present.emplace_back(static_cast<int>(r), &blocks[r]);
  Amount filled;
  for (const auto& [rank, block] : present) filled += block->size();

  std::vector<AxisChunks> axes;
  for (int i = 0; i < shape.size(); i++) {
    std::vector<std::int64_t> cuts;
    for (const auto& [rank, block] : present) {
      cuts.push_back(block->lo[i]);
      cuts.push_back(block->lo[i] + block->extent[i]);
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    if (cuts.empty()) {
      axes.push_back(AxisChunks::regular(shape[i], std::max<std::int64_t>(1, shape[i])));
      continue;
    }
    if (cuts.front() != 0 || cuts.back() != shape[i]) refuse(shape, blocks);
    std::vector<std::int64_t> lengths;
    for (std::size_t k = 0; k + 1 < cuts.size(); k++) lengths.push_back(cuts[k + 1] - cuts[k]);
    axes.push_back(AxisChunks::irregular(lengths));
  }
  Decomposition d{ChunkGrid(std::move(axes)), {}};
  if (filled != num_elements(shape) ||
      (filled > Amount() && static_cast<std::int64_t>(present.size()) != d.grid.count()))
    refuse(shape, blocks);
  d.owners.resize(d.grid.count(), -1);
  for (const auto& [rank, block] : present) {
    Dims at;
    for (int i = 0; i < shape.size(); i++) at.push_back(d.grid.axis(i).find(block->lo[i]));
    int& owner = d.owners[d.grid.linear(at)];
    if (!(d.grid.box(at) == *block) || owner >= 0) refuse(shape, blocks);
    owner = rank;
  }
  return d;
}

}  // namespace tessera

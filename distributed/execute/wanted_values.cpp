#include <tessera/distributed/execute/wanted_values.hpp>

#include <algorithm>

namespace tessera {

WantedValues::WantedValues(const Stage& stage) : stage_(stage) {
  for (std::size_t k = 0; k < stage.values.size(); k++) {
    const TileValue& v = stage.values[k];
    if (v.seam_axis < 0) {
      everywhere_.push_back(k);
      continue;
    }
    pieces_.resize(static_cast<std::size_t>(stage.grid.rank()));
    const std::int64_t begin = v.within.lo[v.seam_axis], end = begin + v.within.extent[v.seam_axis];
    pieces_[static_cast<std::size_t>(v.seam_axis)].push_back({begin, end, end, k});
  }
  for (auto& pieces : pieces_) {
    std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
    for (std::size_t k = 1; k < pieces.size(); k++)
      pieces[k].furthest = std::max(pieces[k].end, pieces[k - 1].furthest);
  }
}

void WantedValues::find(const Box& tile, std::vector<std::size_t>& wanted) const {
  wanted = everywhere_;
  for (int axis = 0; axis < static_cast<int>(pieces_.size()); axis++) {
    const auto& pieces = pieces_[static_cast<std::size_t>(axis)];
    const std::int64_t begin = tile.lo[axis], end = begin + tile.extent[axis];
    auto p = std::lower_bound(pieces.begin(), pieces.end(), end,
                              [](const Piece& piece, std::int64_t bound) { return piece.begin < bound; });
    while (p != pieces.begin() && std::prev(p)->furthest > begin) {
      --p;
      if (!intersect(tile, stage_.values[p->value].within).empty()) wanted.push_back(p->value);
    }
  }
  std::sort(wanted.begin(), wanted.end());
}

}  // namespace tessera

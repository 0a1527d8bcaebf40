#include <tessera/distributed/execute/wanted_values.hpp>

#include <algorithm>

#include <tessera/distributed/plan/halo.hpp>

namespace tessera {

WantedValues::WantedValues(const TileOperator& op) : op_(op) {
  for (std::size_t k = 0; k < op.values.size(); k++) {
    const TileValue& v = op.values[k];
    if (v.part_axis < 0) {
      everywhere_.push_back(k);
      continue;
    }
    parts_.resize(op.grid.rank());
    std::int64_t begin = v.within.lo[v.part_axis], end = begin + v.within.extent[v.part_axis];
    if (v.has_halo()) begin -= v.after[v.part_axis], end += v.before[v.part_axis];
    parts_[v.part_axis].push_back({begin, end, end, k});
  }
  for (auto& parts : parts_) {
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.begin < b.begin; });
    for (std::size_t k = 1; k < parts.size(); k++) parts[k].furthest = std::max(parts[k].end, parts[k - 1].furthest);
  }
}

void WantedValues::find(const Box& tile, std::vector<std::size_t>& wanted) const {
  wanted = everywhere_;
  for (int axis = 0; axis < static_cast<int>(parts_.size()); axis++) {
    const auto& parts = parts_[axis];
    const std::int64_t begin = tile.lo[axis], end = begin + tile.extent[axis];
    auto p = std::lower_bound(parts.begin(), parts.end(), end,
                              [](const Part& part, std::int64_t bound) { return part.begin < bound; });
    while (p != parts.begin() && std::prev(p)->furthest > begin) {
      --p;
      if (!reach(op_.values[p->value], tile).empty()) wanted.push_back(p->value);
    }
  }
  std::sort(wanted.begin(), wanted.end());
}

}  // namespace tessera

#include <tessera/distributed/plan/contract_layout.hpp>

#include <algorithm>

namespace tessera {
namespace {

std::vector<int> factors_of(int n) {
  std::vector<int> factors;
  for (int f = 2; n > 1; f++)
    for (; n % f == 0; n /= f) factors.push_back(f);
  std::reverse(factors.begin(), factors.end());
  return factors;
}

}  // namespace

ContractLayout::ContractLayout(ChunkGrid c, AxisChunks segments, int ranks)
    : grid_(std::move(c)), segments_(std::move(segments)), ranks_(ranks), parts_(Dims::filled(grid_.rank(), 1)) {
  // Where there are fewer chunks than a factor, a smaller one: some ranks make nothing.
  for (int f : factors_of(ranks))
    while (f > 1 && !deal(f)) f--;
}

bool ContractLayout::deal(int factor) {
  const int rank = grid_.rank();
  int best = -1;
  double longest = 0;
  for (int i = 0; i <= rank; i++) {
    const bool depth = i == rank;
    const std::int64_t parts = depth ? depth_ : parts_[i], count = depth ? segments_.count() : grid_.axis(i).count();
    if (parts * factor > count) continue;
    if (i + 2 < rank) {
      parts_[i] *= factor;
      return true;
    }
    const double length =
        static_cast<double>(depth ? segments_.extent() : grid_.axis(i).extent()) / static_cast<double>(parts);
    if (length > longest) longest = length, best = i;
  }
  if (best < 0) return false;
  if (best == rank)
    depth_ *= factor;
  else
    parts_[best] *= factor;
  return true;
}

ContractPart ContractLayout::part(int rank) const {
  const int axes = grid_.rank();
  ContractPart p{{Dims::filled(axes, 0), Dims::filled(axes, 0)}};
  std::int64_t cell = rank / depth_;
  for (int i = axes - 1; i >= 0; i--) {
    const auto [lo, hi] = even_range(grid_.axis(i).count(), cell % parts_[i], parts_[i]);
    p.chunks.lo[i] = lo, p.chunks.extent[i] = hi - lo;
    cell /= parts_[i];
  }
  if (cell > 0) return {{Dims::filled(axes, 0), Dims::filled(axes, 0)}};  // more ranks than parts
  std::tie(p.first, p.last) = even_range(segments_.count(), rank % depth_, depth_);
  return p;
}

Distribution ContractLayout::owners() const {
  // Runs, where the ranks lie along one axis and nothing before it has several chunks; else a table.
  int along = 0;
  std::int64_t after = 1;
  bool runs = true;
  for (int i = 0; i < grid_.rank(); i++)
    if (parts_[i] > 1) along = i;
  for (int i = 0; i < grid_.rank(); i++) {
    if (i < along) runs = runs && grid_.axis(i).count() <= 1 && parts_[i] == 1;
    if (i > along) after *= grid_.axis(i).count();
  }
  if (runs) {
    std::vector<std::int64_t> starts;
    for (int r = 0; r <= ranks_; r++) {
      const int cell = std::min((r + depth_ - 1) / depth_, static_cast<int>(parts_[along]));
      starts.push_back(even_range(grid_.axis(along).count(), cell, parts_[along]).first * after);
    }
    starts[0] = 0;
    return Distribution::blocks(grid_, std::move(starts));
  }
  std::vector<int> owners(static_cast<std::size_t>(grid_.count()));
  for (int r = 0; r < ranks_; r += depth_) {
    const ContractPart p = part(r);
    for_each_index(p.chunks.extent, [&](Dims at) {
      for (int i = 0; i < at.size(); i++) at[i] += p.chunks.lo[i];
      owners[static_cast<std::size_t>(grid_.linear(at))] = r;
    });
  }
  return Distribution::table(grid_, ranks_, std::move(owners));
}

}  // namespace tessera

#include <tessera/distributed/plan/owners.hpp>

#include <tessera/distributed/plan/tiles.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {
namespace {

const Distribution* resident_distribution(const Plan& plan, const TileValue& v) {
  if (v.kind != TileValue::Kind::resident) return nullptr;
  if (v.array >= 0) return &plan.arrays[static_cast<std::size_t>(v.array)].distribution;
  return &static_cast<const ResidentArray&>(*plan.sources[static_cast<std::size_t>(v.source)].node->resident())
              .distribution();
}
bool on_every_rank(const Plan& plan, const TileValue& v) {
  const auto* d = resident_distribution(plan, v);
  return !d || d->kind() == Distribution::Kind::replicated ||
         (v.array >= 0 && plan.arrays[static_cast<std::size_t>(v.array)].replicate);
}

// True when every traversal chunk lies in one chunk of the resident value, where the value is wanted.
bool aligned(const Stage& stage, const TileValue& v, const ChunkGrid& held) {
  for (int j = 0; j < v.from_domain.input_rank(); j++) {
    const auto& a = v.from_domain.axis(j);
    if (a.from < 0) continue;
    if (held.axis(j).count() <= 1) continue;
    const std::int64_t lo = v.within.lo[a.from], n = v.within.extent[a.from];
    if (!(held.axis(j).sliced(a.offset + a.stride * lo, a.stride, n) == stage.grid.axis(a.from).sliced(lo, 1, n)))
      return false;
  }
  return true;
}

Dims preferred_order(const Stage& stage, std::uint32_t& grouped) {
  Dims order;
  grouped = 0;
  for (const auto& o : stage.outputs)
    if (o.node->kind() == NodeKind::reduce) {
      grouped = as_reduce(*o.node).reduced();
      break;
    }
  for (int i = 0; i < stage.grid.rank(); i++)
    if (!(grouped >> i & 1u)) order.push_back(i);
  for (int i = 0; i < stage.grid.rank(); i++)
    if (grouped >> i & 1u) order.push_back(i);
  return order;
}

// Groups what is fetched: views of one array that lie close together (ghost cells on either side) share a fetch, and
// the memory for it.
class FetchGroups {
 public:
  FetchGroups(Stage& stage, int ranks) : stage_(stage), ranks_(ranks) {}
  void add(int number) {
    const TileValue& v = stage_.values[static_cast<std::size_t>(number)];
    std::vector<Box> alone;
    for (int r = 0; r < ranks_; r++) alone.push_back(needed_box(stage_, v, r));
    for (std::size_t g = 0; g < boxes_.size(); g++) {
      auto& members = stage_.fetches[g].values;
      const TileValue& other = stage_.values[static_cast<std::size_t>(members[0])];
      if (other.source != v.source || other.array != v.array) continue;
      std::vector<Box> both;
      for (std::size_t r = 0; r < alone.size(); r++) both.push_back(hull(boxes_[g][r], alone[r]));
      if (elements(both) > elements(boxes_[g]) + elements(alone)) continue;
      boxes_[g] = std::move(both);
      members.push_back(number);
      return;
    }
    stage_.fetches.push_back({{number}});
    boxes_.push_back(std::move(alone));
  }

 private:
  static Amount elements(const std::vector<Box>& boxes) {
    Amount sum;
    for (const auto& b : boxes) sum += b.size();
    return sum;
  }
  Stage& stage_;
  int ranks_;
  std::vector<std::vector<Box>> boxes_;  // of each group, what every rank fetches
};

}  // namespace

void choose_owners(const Plan& plan, Stage& stage) {
  const int ranks = plan.limits.ranks;
  const Dims order = preferred_order(stage, stage.grouped);
  stage.owners = Distribution::blocks(stage.grid, ranks, order);
  if (ranks > 1) {
    bool local = num_elements(stage.grid.shape()) <= replicate_bytes / 8;
    for (const auto& v : stage.values) local = local && v.kind != TileValue::Kind::read && on_every_rank(plan, v);
    if (local) {
      stage.owners = Distribution::replicated(stage.grid, ranks);
      stage.grouped = 0;
    } else {
      const TileValue* anchor = nullptr;
      for (const auto& v : stage.values) {
        const auto* d = resident_distribution(plan, v);
        if (!d || v.seam_axis >= 0 || on_every_rank(plan, v) || !aligned(stage, v, d->grid())) continue;
        if (v.from_domain.repeats() && d->grid().count() < 2 * ranks) continue;
        if (!anchor || num_elements(v.shape) > num_elements(anchor->shape)) anchor = &v;
      }
      if (anchor) {
        stage.owners = Distribution::through(stage.grid, anchor->from_domain, *resident_distribution(plan, *anchor));
        const bool same_order = stage.owners.kind() == Distribution::Kind::blocks && stage.owners.order() == order;
        if (!same_order) stage.grouped = 0;
      }
    }
  }
  FetchGroups fetches(stage, ranks);
  for (std::size_t i = 0; i < stage.values.size(); i++) {
    auto& v = stage.values[i];
    const auto* d = resident_distribution(plan, v);
    if (!d) continue;
    const bool fits = aligned(stage, v, d->grid());
    v.one_chunk = fits;
    if (ranks > 1 && !on_every_rank(plan, v) &&
        !(fits && v.seam_axis < 0 && Distribution::through(stage.grid, v.from_domain, *d) == stage.owners)) {
      v.kind = TileValue::Kind::fetched;
      fetches.add(static_cast<int>(i));
    }
  }
}

}  // namespace tessera

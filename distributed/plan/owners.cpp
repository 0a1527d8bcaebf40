#include <tessera/distributed/plan/owners.hpp>

#include <algorithm>

#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// The array in memory that a value is, if it is one.
const HeldArray* held_array(const TileValue& v) {
  const auto* held = v.as<HeldValue>();
  return held ? &held->array : nullptr;
}

// True when every traversal chunk lies in one chunk of the resident value, where the value is wanted (without its halo).
bool aligned(const TileOperator& op, const TileValue& v, const ChunkGrid& held) {
  for (int j = 0; j < v.from_domain.input_rank(); j++) {
    const auto& a = v.from_domain.axis(j);
    if (a.from < 0) continue;
    if (held.axis(j).count() <= 1) continue;
    const Box made = intersect(v.within, Box::whole(op.grid.shape()));
    const std::int64_t lo = made.lo[a.from], n = made.extent[a.from];
    if (!(held.axis(j).sliced(a.offset + a.stride * lo, a.stride, n) == op.grid.axis(a.from).sliced(lo, 1, n)))
      return false;
  }
  return true;
}

// Other axes first, then those of `grouped`.
Dims order_of(int rank, std::uint32_t grouped) {
  Dims order;
  for (const std::uint32_t last : {0u, 1u})
    for (int i = 0; i < rank; i++)
      if ((grouped >> i & 1u) == last) order.push_back(i);
  return order;
}

// Even runs; of whole columns where every rank gets one.
Distribution runs(const ChunkGrid& grid, int ranks, std::uint32_t grouped, bool whole_columns) {
  const Dims order = order_of(grid.rank(), grouped);
  std::int64_t column = 1;
  for (int i = 0; i < grid.rank(); i++)
    if (grouped >> i & 1u) column *= std::max<std::int64_t>(1, grid.axis(i).count());
  const std::int64_t columns = grid.count() / column;
  if (!whole_columns || columns < ranks) return Distribution::blocks(grid, ranks, order);
  std::vector<std::int64_t> starts;
  for (int r = 0; r <= ranks; r++)
    starts.push_back(static_cast<std::int64_t>(static_cast<__int128>(columns) * r / ranks) * column);
  return Distribution::blocks(grid, std::move(starts), order);
}

// Groups what is fetched: views of one array that lie close together (ghost cells on either side) share a fetch, and
// the memory for it. Nobody looks at all ranks for a value that is alone with its array.
class FetchGroups {
 public:
  explicit FetchGroups(TileOperator& op) : op_(op) {}
  void add(std::size_t number, const HeldArray& array) {
    for (std::size_t g = 0; g < boxes_.size(); g++)
      if (op_.fetches[g].array == array && joins(g, op_.values[number])) {
        op_.fetches[g].values.push_back(number);
        return;
      }
    op_.fetches.push_back({array, op_.values[number].dtype, {number}});
    boxes_.emplace_back();
  }

 private:
  // Into a group, where both together are no more than both.
  bool joins(std::size_t group, const TileValue& v) {
    std::vector<Box>& boxes = boxes_[group];
    if (boxes.empty()) for_each_walking(op_, [&](int r) { boxes.push_back(fetched_box(op_, op_.fetches[group], r)); });
    std::vector<Box> all;
    Amount apart, together;
    for_each_walking(op_, [&](int r) {
      const Box& mine = boxes[all.size()];
      const Box alone = needed_box(op_, v, r);
      all.push_back(hull(mine, alone));
      apart += Amount(mine.size()) + alone.size();
      together += all.back().size();
    });
    if (together > apart) return false;
    boxes = std::move(all);
    return true;
  }
  TileOperator& op_;
  // Of each group, what every rank that walks something fetches; nothing before a second value may join.
  std::vector<std::vector<Box>> boxes_;
};

// The largest input in memory whose chunks the traversal can follow.
const TileValue* anchor_of(const Plan& plan, const TileOperator& op) {
  const TileValue* anchor = nullptr;
  for (const auto& v : op.values) {
    const HeldArray* array = held_array(v);
    if (!array || v.is_part() || on_every_rank(plan, *array)) continue;
    const ChunkGrid& held = distribution_of(plan, *array).grid();
    if (!aligned(op, v, held)) continue;
    if (v.from_domain.repeats() && held.count() < 2 * plan.limits.ranks) continue;
    if (!anchor || num_elements(v.shape) > num_elements(anchor->shape)) anchor = &v;
  }
  return anchor;
}

// True when a small traversal needs nothing that other ranks have: then each does all of it. What a call takes nobody knows.
bool is_local(const Plan& plan, const TileOperator& op) {
  if (calls_chunks(op)) return false;
  if (num_elements(op.grid.shape()) > replicate_bytes / 8) return false;
  for (const auto& v : op.values) {
    if (v.as<StoredValue>()) return false;
    if (const HeldArray* array = held_array(v); array && !on_every_rank(plan, *array)) return false;
  }
  return true;
}

// The only axis of the traversal whose chunks lie on several ranks, where there is one: what a rank has is a box then, and
// its halo lies before and after that.
std::optional<int> split_axis(const ChunkGrid& grid) {
  std::optional<int> axis;
  for (int i = 0; i < grid.rank(); i++) {
    if (grid.axis(i).count() == 1) continue;
    if (axis) return std::nullopt;
    axis = i;
  }
  return axis;
}

// True when the chunks that a rank has are dense and follow one another in memory as whole rows.
bool is_one_piece(const Plan& plan, const HeldArray& array) {
  const Distribution& d = distribution_of(plan, array);
  if (array.from == HeldArray::From::source && !plan.source(array.number).resident()->has_dense_chunks()) return false;
  if (!d.has_runs() || (d.kind() == Distribution::Kind::blocks && !d.is_row_major())) return false;
  for (int i = 1; i < d.grid().rank(); i++)
    if (d.grid().axis(i).count() > 1) return false;
  return true;
}

// Values in memory that a rank does not have where it walks become fetched ones; of a halo around what it has, the halo.
void fetch_what_lies_elsewhere(const Plan& plan, TileOperator& op) {
  const int ranks = plan.limits.ranks;
  FetchGroups fetches(op);
  const std::size_t values = op.values.size();
  for (std::size_t i = 0; i < values; i++) {
    TileValue& v = op.values[i];
    auto* held = std::get_if<HeldValue>(&v.how);
    if (!held) continue;
    const HeldArray array = held->array;
    const Distribution& d = distribution_of(plan, array);
    held->one_chunk = !v.has_halo() && aligned(op, v, d.grid());
    held->one_piece = !v.has_halo() && is_one_piece(plan, array);
    if (ranks == 1 || on_every_rank(plan, array)) continue;
    if (!v.is_part() && aligned(op, v, d.grid()) && Distribution::through(op.grid, v.from_domain, d) == op.owners) {
      if (!v.has_halo()) continue;
      if (const auto axis = split_axis(op.grid)) {
        held->halo = static_cast<int>(op.values.size());
        for (const auto part : {FetchedValue::Part::before, FetchedValue::Part::after}) {
          TileValue slab = op.values[i];
          slab.how = FetchedValue{array, part, *axis};
          op.values.push_back(std::move(slab));
          fetches.add(op.values.size() - 1, array);
        }
        continue;
      }
    }
    v.how = FetchedValue{array};
    fetches.add(i, array);
  }
}

}  // namespace

void choose_owners(const Plan& plan, TileOperator& op, std::uint32_t grouped, bool whole_columns) {
  const int ranks = plan.limits.ranks;
  spread_halos(op);
  op.grouped = grouped;
  op.owners = runs(op.grid, ranks, grouped, whole_columns);
  const Dims order = op.owners.order();
  if (ranks > 1 && is_local(plan, op)) {
    op.owners = Distribution::replicated(op.grid, ranks);
    op.grouped = 0;
  } else if (const TileValue* anchor = ranks > 1 ? anchor_of(plan, op) : nullptr) {
    op.owners = Distribution::through(op.grid, anchor->from_domain, distribution_of(plan, *held_array(*anchor)));
    const bool same_order = op.owners.kind() == Distribution::Kind::blocks && op.owners.order() == order;
    if (!same_order) op.grouped = 0;
  }
  fetch_what_lies_elsewhere(plan, op);
}

void walk_by(const Plan& plan, TileOperator& op, Distribution owners, std::uint32_t grouped) {
  spread_halos(op);
  op.grouped = grouped;
  op.owners = std::move(owners);
  fetch_what_lies_elsewhere(plan, op);
}

}  // namespace tessera

#include <tessera/distributed/plan/row_sort.hpp>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// The owners of the same chunks in a grid whose axis may have another length.
Distribution owners_in(const ChunkGrid& grid, const Distribution& owners) {
  if (grid == owners.grid()) return owners;
  if (owners.kind() == Distribution::Kind::replicated) return Distribution::replicated(grid, owners.ranks());
  if (grid.count() == 0) return Distribution::blocks(grid, owners.ranks());
  if (owners.kind() == Distribution::Kind::blocks) return Distribution::blocks(grid, owners.starts(), owners.order());
  std::vector<int> owner;
  for_each_index(grid.counts(), [&](const Dims& at) { owner.push_back(owners.owner(at)); });
  return Distribution::table(grid, owners.ranks(), std::move(owner));
}

}  // namespace

std::int64_t worker_bytes(const RowSort& op) {
  return (Amount(op.walk.grid.axis(op.axis).extent()) * (2 * sort_record_bytes(op.sort))).value();
}

RowSort build_row_sort(Draft& draft, std::size_t stage, const NodePtr& node) {
  RowSort op{sort_walk_of(draft, stage, node)};
  TileOperator& walk = op.walk;
  choose_owners(draft.plan(), walk, 0, false);
  use_space(draft.plan(), walk, Space::host);
  walk.outputs[0].owners = owners_in(walk.outputs[0].grid, walk.owners);
  draft.send(stage, *node, Space::host, walk.outputs[0]);
  return op;
}

std::optional<SpaceBytes> fit(const Plan& plan, RowSort& op, const SpaceBytes& available) {
  TileNeeds needs{Dims::filled(op.walk.grid.rank(), 1),
                  [&](const Dims&, int workers) { return Amount(MemoryPool::rounded(worker_bytes(op))) * workers; }};
  needs.unit[op.axis] = std::max<std::int64_t>(1, op.walk.grid.axis(op.axis).extent());
  return fit_tiles(plan, op.walk, available, needs);
}

SpaceBytes memory_of(const RowSort& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host += Amount(MemoryPool::rounded(worker_bytes(op))) * op.walk.workers;
  return bytes;
}

Traffic traffic_of(const Plan& plan, const RowSort& op) { return traffic_of(plan, op.walk); }

std::string explain(const Plan& plan, const RowSort& op) {
  std::string s = fmt::format("    sort     rows of {} along axis {}, each by a worker",
                              op.walk.grid.axis(op.axis).extent(), op.axis);
  if (op.count < op.walk.grid.axis(op.axis).extent()) s += fmt::format(", of which {} from {} on", op.count, op.first);
  return s + "\n" + explain(plan, op.walk);
}

std::string explain_memory(const RowSort& op) {
  return fmt::format("{}, rows {} x {}", explain_memory(op.walk), op.walk.workers, format_size(worker_bytes(op)));
}

}  // namespace tessera

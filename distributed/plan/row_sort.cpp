#include <tessera/distributed/plan/row_sort.hpp>

#include <fmt/format.h>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
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

std::string to_string(const Sort& sort) {
  return fmt::format("{} {}{}", sort.indices ? "argsort" : "sort", to_string(sort.element),
                     sort.descending ? ", descending" : "");
}

std::int64_t worker_bytes(const RowSort& op) {
  return (Amount(op.walk.grid.axis(op.axis).extent()) * (2 * sort_record_bytes(op.sort))).value();
}

RowSort build_row_sort(Draft& draft, std::size_t stage, const NodePtr& node) {
  const SortNode& n = as_sort(*node);
  RowSort op;
  op.axis = n.axis();
  op.sort = n.sort();
  op.first = n.range().first, op.count = n.range().count;
  TileOperator& walk = op.walk;
  walk.grid = n.domain();
  StageOutput o;
  o.program = program_of(identity_program(n.sort().element), {});
  o.inputs = TileValues(draft, stage, walk).inputs_of(n);
  o.grid = n.grid();
  o.dtype = n.dtype();
  walk.outputs.push_back(std::move(o));
  choose_owners(draft.plan(), walk, 0, false);
  if (draft.limits().device) use_space(draft.plan(), walk, Space::host);
  StageOutput& out = walk.outputs[0];
  out.owners = owners_in(out.grid, walk.owners);
  auto to = draft.destination(stage, n, out.owners, Space::host);
  out.writes = std::move(to.writes);
  out.array = to.array;
  return op;
}

std::string name_of(const RowSort& op) {
  return fmt::format("{} along axis {} to {} {}", to_string(op.sort), op.axis, to_string(op.sort.result()),
                     to_string(op.walk.outputs[0].grid.shape()));
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

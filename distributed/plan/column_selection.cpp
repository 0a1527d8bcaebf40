#include <tessera/distributed/plan/column_selection.hpp>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/device/host_select.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// A chunk of the walk gives one of the result, which its owner makes.
Distribution owners_of(const ColumnSelection& op, const ChunkGrid& result) {
  const Distribution& walked = op.walk.owners;
  if (walked.kind() == Distribution::Kind::replicated) return Distribution::replicated(result, walked.ranks());
  const int shift = op.task.is_list ? 1 : 0;
  Dims place;  // of the axes of the walk that stay, in the result
  for (int i = 0, next = shift; i < walked.grid().rank(); i++) place.push_back(op.task.folded >> i & 1u ? -1 : next++);
  if (walked.kind() == Distribution::Kind::blocks) {
    Dims order;
    if (shift) order.push_back(0);
    for (const auto axis : walked.order())
      if (place[static_cast<int>(axis)] >= 0) order.push_back(place[static_cast<int>(axis)]);
    return Distribution::blocks(result, walked.starts(), order);
  }
  std::vector<int> owners;
  for_each_index(result.counts(), [&](const Dims& at) {
    Dims walks;
    for (const auto p : place) walks.push_back(p < 0 ? 0 : at[static_cast<int>(p)]);
    owners.push_back(walked.owner(walks));
  });
  return Distribution::table(result, walked.ranks(), std::move(owners));
}

std::int64_t column_length(const ColumnSelection& op) {
  std::int64_t n = 1;
  for (int i = 0; i < op.walk.grid.rank(); i++)
    if (op.task.folded >> i & 1u) n *= op.walk.grid.axis(i).extent();
  return n;
}

Amount beside(const ColumnSelection& op, const Dims& tile, int workers) {
  Amount each = MemoryPool::rounded(gathered_bytes(op));
  if (!op.task.result.array) each += MemoryPool::rounded(result_bytes(op, tile));
  return each * workers + writing_bytes(op.task, workers);
}

}  // namespace

std::int64_t gathered_bytes(const ColumnSelection& op) {
  return select_scratch_bytes(op.task.element, column_length(op));
}

std::int64_t result_bytes(const ColumnSelection& op, const Dims& tile) {
  return (product(kept_axes(tile, op.task.folded)) * op.task.quantiles.count() * item_size(op.task.result.dtype))
      .value();
}

ColumnSelection build_column_selection(Draft& draft, std::size_t stage, const NodePtr& node) {
  const SelectNode& n = as_select(*node);
  ColumnSelection op;
  op.task = task_of(n);
  add_elements(draft, stage, op.walk, n);
  choose_owners(draft.plan(), op.walk, n.folded(), true);
  use_space(draft.plan(), op.walk, Space::host);
  op.walk.grouped = n.folded();
  op.walk.outputs[0].owners = op.walk.owners;
  send_results(draft, stage, op.task, n, owners_of(op, n.grid()));
  return op;
}

std::string name_of(const ColumnSelection& op) {
  return fmt::format("{} of columns of {} to {} {}", to_string(op.task.quantiles), column_length(op),
                     to_string(op.task.result.dtype), to_string(op.task.result.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, ColumnSelection& op, const SpaceBytes& available) {
  TileNeeds needs{Dims::filled(op.walk.grid.rank(), 1),
                  [&](const Dims& tile, int workers) { return beside(op, tile, workers); }};
  for (int i = 0; i < needs.unit.size(); i++)
    if (op.task.folded >> i & 1u) needs.unit[i] = op.walk.grid.axis(i).extent();
  return fit_tiles(plan, op.walk, available, needs);
}

SpaceBytes memory_of(const ColumnSelection& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host += beside(op, op.walk.tile, op.walk.workers);
  return bytes;
}

Traffic traffic_of(const Plan& plan, const ColumnSelection& op) {
  Traffic t = traffic_of(plan, op.walk);
  const bool everywhere = op.walk.owners.kind() == Distribution::Kind::replicated;
  t.bytes_written = (written_bytes(op.task) * (everywhere ? plan.limits.ranks : 1)).value();
  return t;
}

std::string explain(const Plan& plan, const ColumnSelection& op) {
  return fmt::format("    select   {} of each column of {}, which a tile has whole\n", to_string(op.task.quantiles),
                     column_length(op)) +
         explain(plan, op.walk);
}

std::string explain_memory(const ColumnSelection& op) {
  const Amount all = beside(op, op.walk.tile, op.walk.workers);
  return fmt::format("{}, columns and results {}", explain_memory(op.walk), format_size(all.value()));
}

}  // namespace tessera

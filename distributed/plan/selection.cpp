#include <tessera/distributed/plan/selection.hpp>

#include <fmt/format.h>

#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {

SelectionTask task_of(const SelectNode& node) {
  SelectionTask task{node.quantiles(), node.element(), node.folded(), node.is_list(), {}};
  task.result.grid = node.grid();
  task.result.dtype = node.dtype();
  return task;
}

void add_elements(Draft& draft, std::size_t stage, TileOperator& walk, const SelectNode& node) {
  walk.grid = node.domain();
  StageOutput o;
  o.program = program_of(node.program(), node.scalars());
  o.inputs = TileValues(draft, stage, walk).inputs_of(node);
  o.grid = walk.grid;
  o.dtype = node.element();
  walk.outputs.push_back(std::move(o));
}

void send_results(Draft& draft, std::size_t stage, SelectionTask& task, const SelectNode& node, Distribution owners) {
  task.result.owners = std::move(owners);
  draft.send(stage, node, Space::host, task.result);
  for (const int sink : task.result.writes) {
    const WriteCost& cost = draft.plan().sink(sink).cost;
    task.writing.per_worker += cost.per_worker, task.writing.fixed += cost.fixed;
  }
}

std::string to_string(const Quantiles& quantiles) {
  const std::string what = quantiles.method == QuantileMethod::middle
                               ? "median"
                               : fmt::format("{} quantile{} ({})", quantiles.count(), quantiles.count() == 1 ? "" : "s",
                                             name(quantiles.method));
  return what + (quantiles.skip_nan ? " without NaN" : "");
}

Amount writing_bytes(const SelectionTask& task, int workers) {
  return Amount(task.writing.per_worker) * workers + task.writing.fixed;
}

Amount written_bytes(const SelectionTask& task) {
  const StageOutput& r = task.result;
  return Amount(num_elements(r.grid.shape())) * item_size(r.dtype) * static_cast<std::int64_t>(r.writes.size());
}

}  // namespace tessera

#include <tessera/distributed/plan/scatter.hpp>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/gather_rows.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>

namespace tessera {
namespace {

Amount writers(const ScatterOperator& op) { return MemoryPool::rounded(writer_bytes(op)); }

}  // namespace

std::int64_t writer_bytes(const ScatterOperator& op) {
  return op.assign.windows.ranks == 1 ? 0 : (Amount(op.assign.owners.most_elements()) * 4).value();
}

ScatterOperator build_scatter(Draft& draft, std::size_t stage, const NodePtr& node) {
  const ScatterNode& n = as_scatter(*node);
  ScatterOperator op;
  op.copy.grid = n.grid();
  StageOutput copied;
  copied.program = program_of(identity_program(n.dtype()), {});
  copied.inputs = TileValues(draft, stage, op.copy).inputs_of(std::vector<Edge>{n.base()});
  copied.grid = n.grid(), copied.dtype = n.dtype();
  op.copy.outputs.push_back(std::move(copied));
  walk_by(draft.plan(), op.copy, Distribution::blocks(op.copy.grid, draft.limits().ranks), 0);
  use_space(draft.plan(), op.copy, Space::host);
  op.copy.outputs[0].owners = op.copy.owners;
  draft.send(stage, n, Space::host, op.copy.outputs[0]);
  const auto& array = op.copy.outputs[0].array;
  if (!op.copy.outputs[0].writes.empty() || !array)
    throw InternalError("what is scattered into is in memory, and written from there");

  GatherOperator& assign = op.assign;
  assign.way = GatherOperator::Way::by_owner;
  assign.array = {HeldArray::From::stage, *array};
  assign.grid = n.grid(), assign.owners = op.copy.owners;
  for (const auto& a : n.axes()) assign.axes.push_back({a.index, a.seen.from, a.seen.offset, a.seen.stride});
  for (std::size_t k = 0; k < n.indices().size(); k++) assign.indices.push_back({n.extents()[k], 0, n.places()[k]});
  for (std::size_t j = 0; j < n.axes().size(); j++)
    if (const int k = n.axes()[j].index; k >= 0) assign.indices[static_cast<std::size_t>(k)].axis = static_cast<int>(j);
  assign.walk.grid = n.domain();
  StageOutput o;
  std::vector<Edge> inputs(n.indices().begin(), n.indices().end());
  inputs.push_back(n.values());
  o.inputs = TileValues(draft, stage, assign.walk).inputs_of(inputs);
  o.grid = n.domain(), o.dtype = n.dtype();
  assign.walk.outputs.push_back(std::move(o));
  find_rows(assign);
  walk_by(draft.plan(), assign.walk, Distribution::blocks(assign.walk.grid, draft.limits().ranks), 0);
  use_space(draft.plan(), assign.walk, Space::host);
  assign.walk.outputs[0].owners = assign.walk.owners;
  return op;
}

std::string name_of(const ScatterOperator& op) {
  const StageOutput& o = op.copy.outputs[0];
  return fmt::format("scatter into {} {}", to_string(o.dtype), to_string(o.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, ScatterOperator& op, const SpaceBytes& available) {
  op.assign.windows.ranks = plan.limits.ranks;
  SpaceBytes left = available;
  left.host = std::max<std::int64_t>(0, available.host.value() - writers(op).value());
  const auto copying = fit(plan, op.copy, available);
  auto assigning = fit(plan, op.assign, left);
  if (assigning) assigning->host += writers(op);
  if (copying && assigning) return copying->host < assigning->host ? assigning : copying;
  return copying ? copying : assigning;
}

SpaceBytes memory_of(const ScatterOperator& op) {
  SpaceBytes bytes = memory_of(op.copy), assigning = memory_of(op.assign);
  bytes.host = std::max(bytes.host, assigning.host + writers(op));
  bytes.device = std::max(bytes.device, assigning.device);
  return bytes;
}

Traffic traffic_of(const Plan& plan, const ScatterOperator& op) {
  Traffic t = traffic_of(plan, op.copy);
  const Traffic a = traffic_of(plan, op.assign);
  t.tiles += a.tiles, t.chunks += a.chunks;
  t.bytes_read = (Amount(t.bytes_read) + a.bytes_read).value();
  t.bytes_moved = (Amount(t.bytes_moved) + a.bytes_moved).value();
  t.messages = (Amount(t.messages) + a.messages).value();
  t.decodings = std::max(t.decodings, a.decodings);
  t.at_most = t.at_most || a.at_most;
  t.moves_at_most = plan.limits.ranks > 1;
  return t;
}

std::string explain(const Plan& plan, const ScatterOperator& op) {
  return "    copy\n" + explain(plan, op.copy) + "    assign\n" + explain(plan, op.assign);
}

std::string explain_memory(const ScatterOperator& op) {
  return fmt::format("copying {}; assigning {}, of elements {}", explain_memory(op.copy), explain_memory(op.assign),
                     format_size(writer_bytes(op)));
}

}  // namespace tessera

#include <tessera/distributed/plan/chunk_calls.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/core/printable.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/inner_tiles.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// The order of the axes of the result in which its chunks come in that of the domain's; its own axes have one chunk.
Dims order_of_made(const ChunkCall& call, const Dims& domain_order) {
  Dims order;
  for (const auto a : domain_order)
    for (int r = 0; r < call.made_from.size(); r++)
      if (call.made_from[r] == a) order.push_back(r);
  for (int r = 0; r < call.made_from.size(); r++)
    if (call.made_from[r] < 0) order.push_back(r);
  return order;
}

}  // namespace

Distribution owners_of_made(const ChunkCall& call, const Distribution& owners) {
  const ChunkGrid& grid = call.result;
  if (owners.kind() == Distribution::Kind::replicated) return Distribution::replicated(grid, owners.ranks());
  if (grid.count() == 0) return Distribution::blocks(grid, owners.ranks());
  if (owners.kind() == Distribution::Kind::blocks)
    return Distribution::blocks(grid, owners.starts(), order_of_made(call, owners.order()));
  std::vector<int> owner;
  for_each_index(grid.counts(), [&](const Dims& at) { owner.push_back(owners.owner(call.domain_chunk(at))); });
  return Distribution::table(grid, owners.ranks(), std::move(owner));
}

ChunkCalls build_chunk_call(Draft& draft, std::size_t stage, const NodePtr& node) {
  const ChunkCallNode& n = as_chunk_call(*node);
  ChunkCalls op;
  TileOperator& walk = op.walk;
  walk.grid = n.call().domain;
  StageOutput o;
  o.program = program_of(identity_program(n.dtype()), {});
  o.inputs = TileValues(draft, stage, walk).inputs_of(n.inputs());
  o.grid = n.grid();
  o.dtype = n.dtype();
  o.how = CallOutput{n.call()};
  walk.outputs.push_back(std::move(o));
  choose_owners(draft.plan(), walk, 0, false);
  choose_space(draft.plan(), walk);
  walk.inner_first = can_begin_with_inner_tiles(walk);
  walk.outputs[0].owners = owners_of_made(n.call(), walk.owners);
  draft.send(stage, n, space_of_arrays(draft.limits(), walk.space), walk.outputs[0]);
  return op;
}

std::string name_of(const ChunkCalls& op) {
  const StageOutput& o = op.walk.outputs[0];
  return fmt::format("call {} to {} {}", printable(o.call()->function->name), to_string(o.dtype),
                     to_string(o.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, ChunkCalls& op, const SpaceBytes& available) {
  return fit_tiles(plan, op.walk, available,
                   {Dims::filled(op.walk.grid.rank(), 1), [](const Dims&, int) { return Amount(); }});
}

SpaceBytes memory_of(const ChunkCalls& op) { return memory_of(op.walk); }

Traffic traffic_of(const Plan& plan, const ChunkCalls& op) { return traffic_of(plan, op.walk); }

std::string explain(const Plan& plan, const ChunkCalls& op) {
  const ChunkCall& call = *op.walk.outputs[0].call();
  std::string halo;
  if (!call.before.empty())
    halo = fmt::format(", which see {} before and {} after them", to_string(call.before), to_string(call.after));
  return fmt::format("    calls    {}, version {}, of chunks{}\n", printable(call.function->name),
                     call.function->version, halo) +
         explain(plan, op.walk);
}

std::string explain_memory(const ChunkCalls& op) { return explain_memory(op.walk); }

}  // namespace tessera

#include <tessera/distributed/plan/search.hpp>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/streams.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

StreamTotals sorted_streams(const Plan& plan, const Search& op) {
  const int ranks = plan.limits.ranks;
  StreamTotals streams(ranks, largest_message(message_bytes(plan.limits.memory), ranks));
  if (!on_every_rank(plan, op.sorted)) streams.to_all(distribution_of(plan, op.sorted), op.element);
  return streams;
}

// The copy stays; its messages are over when the walk begins.
SpaceBytes needed(const Search& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host = std::max(bytes.host, Amount(op.messages)) + MemoryPool::rounded(sorted_bytes(op));
  return bytes;
}

}  // namespace

std::int64_t sorted_bytes(const Search& op) { return (Amount(op.size) * item_size(op.element)).value(); }

Search build_search(Draft& draft, std::size_t stage, const NodePtr& node) {
  const SearchNode& n = as_search(*node);
  Search op;
  const Edge& sorted = n.sorted();
  op.element = sorted.node->dtype();
  op.size = sorted.node->shape()[0];
  op.right = n.right();
  if (sorted.node->is_made_whole())
    op.sorted = draft.array_for(stage, *sorted.node);
  else
    op.sorted = {HeldArray::From::source, draft.source(sorted.node)};
  TileOperator& walk = op.walk;
  walk.grid = n.grid();
  StageOutput o;
  o.program = program_of(identity_program(op.element), {});
  o.inputs = TileValues(draft, stage, walk).inputs_of({n.values()});
  o.grid = n.grid();
  o.dtype = n.dtype();
  walk.outputs.push_back(std::move(o));
  choose_owners(draft.plan(), walk, 0, false);
  use_space(draft.plan(), walk, Space::host);
  walk.outputs[0].owners = walk.owners;
  draft.send(stage, n, Space::host, walk.outputs[0]);
  return op;
}

std::string name_of(const Search& op) {
  return fmt::format("search in {} sorted {} to int64 {}", op.size, to_string(op.element),
                     to_string(op.walk.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, Search& op, const SpaceBytes& available) {
  op.messages = sorted_streams(plan, op).memory().value();
  const TileNeeds needs{Dims::filled(op.walk.grid.rank(), 1), [&](const Dims&, int) {
                          const SpaceBytes walk = memory_of(op.walk);
                          return needed(op).host.value() - walk.host.value();
                        }};
  return fit_tiles(plan, op.walk, available, needs);
}

SpaceBytes memory_of(const Search& op) { return needed(op); }

Traffic traffic_of(const Plan& plan, const Search& op) {
  Traffic t = traffic_of(plan, op.walk);
  const StreamTotals streams = sorted_streams(plan, op);
  t.bytes_moved = (streams.moved() + t.bytes_moved).value();
  t.messages = (streams.messages() + t.messages).value();
  return t;
}

std::string explain(const Plan& plan, const Search& op) {
  const std::string what = op.sorted.from == HeldArray::From::stage ? fmt::format("array {}", op.sorted.number)
                                                                    : std::string("a resident array");
  return fmt::format("    search   {}, of which every rank has a copy\n", what) + explain(plan, op.walk);
}

std::string explain_memory(const Search& op) {
  return fmt::format("{}, the sorted array {}, messages {}", explain_memory(op.walk), format_size(sorted_bytes(op)),
                     format_size(op.messages));
}

}  // namespace tessera

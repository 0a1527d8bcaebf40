#include <tessera/distributed/plan/group.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/kernel/leaf.hpp>
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

// More walks than these over the same elements are not worth their time.
constexpr std::int64_t most_bands = 64;

const FoldOutput& fold_of(const GroupOperator& op) { return *op.walk.outputs[0].fold(); }

StreamTotals edge_streams(const Plan& plan, const HeldArray& edges) {
  const int ranks = plan.limits.ranks;
  StreamTotals streams(ranks, largest_message(message_bytes(plan.limits.memory), ranks));
  if (!on_every_rank(plan, edges)) streams.to_all(distribution_of(plan, edges), DType::float64);
  return streams;
}

// The copies stay; their messages are over when the walk begins.
SpaceBytes needed(const GroupOperator& op) {
  SpaceBytes bytes = memory_of(op.walk);
  bytes.host = std::max(bytes.host, Amount(op.messages)) + MemoryPool::rounded(edge_bytes(op));
  return bytes;
}

FoldOutput fold_output(const GroupNode& n) {
  FoldOutput f;
  f.reduced = n.folded();
  f.fold = n.fold();
  f.groups = {0, n.grouping().groups};
  f.leaf = leaf_extents(n.domain().largest(), f.reduced, group_leaf_positions(f.groups->count));
  for (auto& e : f.leaf) e = std::max<std::int64_t>(e, 1);
  f.epilogue = program_of(n.epilogue().program, n.epilogue().scalars);
  return f;
}

}  // namespace

std::int64_t edge_bytes(const GroupOperator& op) {
  Amount bytes;
  for (const std::int64_t n : op.grouping.bins) bytes += (Amount(n) + 1) * 8;
  return bytes.value();
}

TileOperator walk_of_band(const GroupOperator& op, std::int64_t band) {
  TileOperator walk = op.walk;
  GroupBand& groups = *walk.outputs[0].fold()->groups;
  groups.first = band * groups.count;
  groups.count = std::min(groups.count, op.grouping.groups - groups.first);
  return walk;
}

GroupOperator build_group(Draft& draft, std::size_t stage, const NodePtr& node) {
  const GroupNode& n = as_group(*node);
  GroupOperator op;
  op.grouping = n.grouping();
  for (const Edge& e : n.elements()) op.inputs.push_back(e.node->dtype());
  for (const Edge& e : n.edges()) {
    if (e.node->is_made_whole())
      op.edges.push_back(draft.array_for(stage, *e.node));
    else
      op.edges.push_back({HeldArray::From::source, draft.source(e.node)});
  }
  TileOperator& walk = op.walk;
  walk.grid = n.domain();
  StageOutput o;
  o.program = program_of(identity_program(op.inputs[0]), {});
  o.inputs = TileValues(draft, stage, walk).inputs_of(n.elements());
  o.grid = n.grid();
  o.dtype = n.dtype();
  o.how = fold_output(n);
  walk.outputs.push_back(std::move(o));
  choose_owners(draft.plan(), walk, n.folded(), false);
  use_space(draft.plan(), walk, Space::host);
  StageOutput& output = walk.outputs[0];
  FoldOutput& f = *output.fold();
  f.in_order = walk.grouped == f.reduced && walk.owners.kind() == Distribution::Kind::blocks;
  output.owners = fold_owners(walk, output, f.in_order);
  draft.send(stage, n, Space::host, output);
  return op;
}

std::string name_of(const GroupOperator& op) {
  const StageOutput& o = op.walk.outputs[0];
  return fmt::format("{} {} of {} group{} to {} {}", op.grouping.has_values ? "fold" : "count",
                     op.grouping.has_values ? to_string(fold_of(op).fold) : "elements", op.grouping.groups,
                     op.grouping.groups == 1 ? "" : "s", to_string(o.dtype), to_string(o.grid.shape()));
}

std::optional<SpaceBytes> fit(const Plan& plan, GroupOperator& op, const SpaceBytes& available) {
  Amount messages;
  for (const HeldArray& e : op.edges) messages = std::max(messages, edge_streams(plan, e).memory());
  op.messages = messages.value();
  const TileNeeds needs{Dims::filled(op.walk.grid.rank(), 1),
                        [&](const Dims&, int) {
                          const SpaceBytes walk = memory_of(op.walk);
                          return needed(op).host.value() - walk.host.value();
                        },
                        true};
  std::optional<SpaceBytes> missing;
  const std::int64_t groups = op.grouping.groups;
  for (std::int64_t bands = 1;; bands *= 2) {
    const std::int64_t width = ceil_div(groups, bands);
    op.walk.outputs[0].fold()->groups = {0, width};
    op.bands = ceil_div(groups, width);
    missing = fit_tiles(plan, op.walk, available, needs);
    if (!missing || bands >= most_bands || bands * 2 > groups) return missing;
  }
}

SpaceBytes memory_of(const GroupOperator& op) { return needed(op); }

Traffic traffic_of(const Plan& plan, const GroupOperator& op) {
  Traffic t = traffic_of(plan, walk_of_band(op, 0));
  for (std::int64_t band = 1; band < op.bands; band++) {
    const Traffic next = traffic_of(plan, walk_of_band(op, band));
    t.tiles += next.tiles, t.messages += next.messages;
    t.bytes_read = (Amount(t.bytes_read) + next.bytes_read).value();
    t.bytes_moved = (Amount(t.bytes_moved) + next.bytes_moved).value();
  }
  for (const HeldArray& e : op.edges) {
    const StreamTotals streams = edge_streams(plan, e);
    t.bytes_moved = (streams.moved() + t.bytes_moved).value();
    t.messages = (streams.messages() + t.messages).value();
  }
  return t;
}

std::string explain(const Plan& plan, const GroupOperator& op) {
  const std::int64_t groups = op.grouping.groups;
  std::string how = "labels";
  if (!op.grouping.by_labels()) {
    how = "bins, of whose edges every rank has a copy: ";
    for (std::size_t k = 0; k < op.grouping.bins.size(); k++)
      how += fmt::format("{}{}", k ? " x " : "", op.grouping.bins[k]);
  }
  std::string bands;
  if (op.bands > 1) bands = fmt::format("; {} walks, for {} of them each", op.bands, fold_of(op).groups->count);
  return fmt::format("    groups   {}, by {}; leaves of at most {} positions{}\n", groups, how,
                     group_leaf_positions(groups), bands) +
         explain(plan, op.walk);
}

std::string explain_memory(const GroupOperator& op) {
  const std::string walk = explain_memory(op.walk);
  if (op.edges.empty()) return walk;
  return fmt::format("{}, edges {}, messages {}", walk, format_size(edge_bytes(op)), format_size(op.messages));
}

}  // namespace tessera

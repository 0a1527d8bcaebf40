#include <tessera/distributed/plan/tile_values.hpp>

#include <algorithm>

#include <tessera/core/errors.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {

PlanProgram compiled(const Program& p, const std::vector<ScalarParameter>& scalars) {
  PlanProgram out{p, cpu::Kernel::compile(p), scalars, {}};
  for (std::size_t i = 0; i < scalars.size(); i++) out.scalars.push_back(to_bits(scalars[i].value, p.scalars[i]));
  return out;
}

int TileValues::source_number(const NodePtr& n) {
  for (std::size_t i = 0; i < plan_.sources.size(); i++)
    if (plan_.sources[i].node == n) return static_cast<int>(i);
  plan_.sources.push_back({std::static_pointer_cast<const SourceNode>(n), numbers_.at(n.get())});
  return static_cast<int>(plan_.sources.size()) - 1;
}

// The number of the tile value that is `node` seen through `from_domain`.
int TileValues::number(std::size_t stage_index, const NodePtr& node, const IndexTransform& from_domain,
                       const Place& place) {
  Stage& stage = plan_.stages[stage_index];
  const std::pair<const Node*, int> key{node.get(), static_cast<int>(stage_index)};
  for (int v : values_[key]) {
    const auto& known = stage.values[static_cast<std::size_t>(v)];
    if (known.from_domain == from_domain && known.within == place.within && known.seam_axis == place.seam_axis)
      return v;
  }
  TileValue v;
  v.dtype = node->dtype();
  v.from_domain = from_domain;
  v.shape = node->shape();
  v.within = place.within;
  v.seam_axis = place.seam_axis;
  if (node->kind() == NodeKind::source) {
    v.source = source_number(node);
    const auto& s = as_source(*node);
    if (const auto r = s.resident())
      if (const int n = static_cast<const ResidentArray&>(*r).distribution().ranks(); n != plan_.limits.ranks)
        throw UsageError("an array in memory belongs to a session of " + std::to_string(n) + " ranks; this one has " +
                         std::to_string(plan_.limits.ranks) + ": write it to a file, or gather it first");
    v.kind = s.store()          ? TileValue::Kind::read
             : s.is_generator() ? TileValue::Kind::generate
                                : TileValue::Kind::resident;
  } else if (node->kind() == NodeKind::reduce) {
    v.kind = TileValue::Kind::resident;
    v.array = arrays_.at(node.get());
    auto& a = plan_.arrays[static_cast<std::size_t>(v.array)];
    a.last_stage = std::max(a.last_stage, static_cast<int>(stage_index));
  } else if (node->kind() == NodeKind::concat) {
    add_pieces(stage_index, as_concat(*node), v);
  } else {
    const auto& m = as_map(*node);
    v.kind = TileValue::Kind::computed;
    v.program = compiled(m.program(), m.scalars());
    v.inputs = inputs_of(stage_index, *node, from_domain, place);
  }
  stage.values.push_back(std::move(v));
  values_[key].push_back(static_cast<int>(stage.values.size()) - 1);
  return static_cast<int>(stage.values.size()) - 1;
}

std::vector<TileInput> TileValues::inputs_of(std::size_t stage_index, const Node& n, const IndexTransform& from_domain,
                                             const Place& place) {
  std::vector<TileInput> inputs;
  for (const auto& e : n.inputs())
    inputs.push_back({number(stage_index, e.node, from_domain.then(e.map), place), e.map});
  return inputs;
}

// `v` is a Concat seen by the traversal without steps (push_views has moved them to the parts): part k is wanted
// where the traversal's index lies between two cuts.
void TileValues::add_pieces(std::size_t stage_index, const ConcatNode& n, TileValue& v) {
  const Stage& stage = plan_.stages[stage_index];
  const auto& a = v.from_domain.axis(n.axis());
  if (a.from < 0 || a.stride != 1) throw InternalError("a Concat is seen through " + to_string(v.from_domain));
  v.kind = TileValue::Kind::pieces;
  v.axis = a.from;
  v.one_chunk = true;
  const auto& chunks = stage.grid.axis(v.axis);
  for (auto start : n.starts()) {
    const std::int64_t cut = start - a.offset;
    v.cuts.push_back(cut);
    v.one_chunk = v.one_chunk && (cut <= 0 || cut >= chunks.extent() || chunks.bound(chunks.find(cut)) == cut);
  }
  for (std::size_t k = 0; k < n.inputs().size(); k++) {
    Place place{v.within, v.seam_axis < 0 ? v.axis : v.seam_axis};
    std::int64_t &lo = place.within.lo[v.axis], &extent = place.within.extent[v.axis];
    const std::int64_t end = std::min(lo + extent, v.cuts[k + 1]);
    lo = std::max(lo, v.cuts[k]);
    extent = std::max<std::int64_t>(0, end - lo);
    const Edge& e = n.inputs()[k];
    v.inputs.push_back({number(stage_index, e.node, v.from_domain.then(e.map), place), e.map});
  }
}

std::optional<int> TileValues::known(std::size_t stage_index, const Node& node,
                                     const IndexTransform& from_domain) const {
  const auto at = values_.find({&node, static_cast<int>(stage_index)});
  if (at == values_.end()) return std::nullopt;
  for (int v : at->second) {
    const auto& value = plan_.stages[stage_index].values[static_cast<std::size_t>(v)];
    if (value.from_domain == from_domain && value.seam_axis < 0) return v;
  }
  return std::nullopt;
}

}  // namespace tessera

#include <tessera/distributed/plan/tile_values.hpp>

#include <algorithm>

#include <tessera/core/errors.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {

PlanProgram compiled(const Program& p, const std::vector<ScalarParameter>& scalars) {
  PlanProgram out{p, cpu::Kernel::compile(p), scalars, {}};
  for (std::size_t i = 0; i < scalars.size(); i++) out.scalars.push_back(to_bits(scalars[i].value, p.scalars[i]));
  return out;
}

namespace {

// Where the pieces of `v` begin and end on the traversal's axis, and whether no chunk lies across two of them.
void cut(const ChunkGrid& grid, const ConcatNode& n, TileValue& v) {
  const auto& a = v.from_domain.axis(n.axis());
  v.kind = TileValue::Kind::pieces;
  v.axis = a.from;
  v.one_chunk = true;
  const auto& chunks = grid.axis(v.axis);
  for (auto start : n.starts()) {
    const std::int64_t at = start - a.offset;
    v.cuts.push_back(at);
    v.one_chunk = v.one_chunk && (at <= 0 || at >= chunks.extent() || chunks.bound(chunks.find(at)) == at);
  }
}

}  // namespace

int TileValues::source_number(const NodePtr& n) {
  const auto [at, is_new] = sources_.emplace(n.get(), static_cast<int>(plan_.sources.size()));
  if (is_new) plan_.sources.push_back({std::static_pointer_cast<const SourceNode>(n), numbers_.at(n.get())});
  return at->second;
}

std::uint64_t TileValues::hash_of(std::size_t stage, const Node& node, const IndexTransform& from_domain,
                                  int seam_axis) {
  Hash h;
  h.add(reinterpret_cast<std::uintptr_t>(&node)).add(stage).add(seam_axis);
  for (const auto& a : from_domain.axes()) h.add(a.from).add(a.offset).add(a.stride);
  return h.value();
}

const TileValues::Known* TileValues::find(std::size_t stage, const Wish& wish) const {
  const auto at = values_.find(hash_of(stage, *wish.node, wish.from_domain, wish.place.seam_axis));
  if (at == values_.end()) return nullptr;
  for (const Known& k : at->second) {
    if (k.node != wish.node.get() || k.stage != stage) continue;
    const auto& v = plan_.stages[stage].values[static_cast<std::size_t>(k.value)];
    if (v.from_domain == wish.from_domain && v.within == wish.place.within && v.seam_axis == wish.place.seam_axis)
      return &k;
  }
  return nullptr;
}

// What a value is made of, but for what is in memory. A Concat is seen by the traversal without steps (push_views has
// moved them to the parts): part k is wanted where the traversal's index lies between two cuts.
std::vector<TileValues::Wish> TileValues::inputs_of(const Wish& wish) const {
  const Node& n = *wish.node;
  std::vector<Wish> inputs;
  if (n.kind() == NodeKind::source || is_made_whole(n)) return inputs;
  for (const auto& e : n.inputs()) inputs.push_back({e.node, wish.from_domain.then(e.map), wish.place});
  if (n.kind() != NodeKind::concat) return inputs;
  const auto& starts = as_concat(n).starts();
  const auto& a = wish.from_domain.axis(as_concat(n).axis());
  if (a.from < 0 || a.stride != 1) throw InternalError("a Concat is seen through " + to_string(wish.from_domain));
  for (std::size_t k = 0; k < inputs.size(); k++) {
    Place& place = inputs[k].place;
    if (place.seam_axis < 0) place.seam_axis = a.from;
    std::int64_t &lo = place.within.lo[a.from], &extent = place.within.extent[a.from];
    const std::int64_t end = std::min(lo + extent, starts[k + 1] - a.offset);
    lo = std::max(lo, starts[k] - a.offset);
    extent = std::max<std::int64_t>(0, end - lo);
  }
  return inputs;
}

// The number of a tile value, after those that it is made of, down to what is in memory: from a list, because graphs
// may be 10 000 nodes deep.
int TileValues::number(std::size_t stage, const Wish& wish) {
  std::vector<Wish> work{wish};
  while (!work.empty()) {
    const Wish w = work.back();
    if (find(stage, w)) {
      work.pop_back();
      continue;
    }
    const auto inputs = inputs_of(w);
    const std::size_t before = work.size();
    for (std::size_t k = inputs.size(); k-- > 0;)  // the first is made first
      if (!find(stage, inputs[k])) work.push_back(inputs[k]);
    if (work.size() > before) continue;
    make(stage, w, inputs);
    work.pop_back();
  }
  return find(stage, wish)->value;
}

void TileValues::make(std::size_t stage_index, const Wish& wish, const std::vector<Wish>& inputs) {
  Stage& stage = plan_.stages[stage_index];
  const NodePtr& node = wish.node;
  TileValue v;
  v.dtype = node->dtype();
  v.from_domain = wish.from_domain;
  v.shape = node->shape();
  v.within = wish.place.within;
  v.seam_axis = wish.place.seam_axis;
  for (std::size_t k = 0; k < inputs.size(); k++)
    v.inputs.push_back({find(stage_index, inputs[k])->value, node->inputs()[k].map});
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
  } else if (is_made_whole(*node)) {
    v.kind = TileValue::Kind::resident;
    v.array = arrays_.at(node.get());
    auto& a = plan_.arrays[static_cast<std::size_t>(v.array)];
    a.last_stage = std::max(a.last_stage, static_cast<int>(stage_index));
  } else if (node->kind() == NodeKind::concat) {
    cut(stage.grid, as_concat(*node), v);
  } else {
    const auto& m = as_map(*node);
    v.kind = TileValue::Kind::computed;
    v.program = compiled(m.program(), m.scalars());
  }
  stage.values.push_back(std::move(v));
  values_[hash_of(stage_index, *node, wish.from_domain, wish.place.seam_axis)].push_back(
      {node.get(), stage_index, static_cast<int>(stage.values.size()) - 1});
}

std::vector<TileInput> TileValues::inputs_of(std::size_t stage, const Node& n, const IndexTransform& from_domain,
                                             const Place& place) {
  std::vector<TileInput> inputs;
  for (const auto& e : n.inputs()) inputs.push_back({number(stage, {e.node, from_domain.then(e.map), place}), e.map});
  return inputs;
}

std::optional<int> TileValues::known(std::size_t stage, const Node& node, const IndexTransform& from_domain) const {
  const auto at = values_.find(hash_of(stage, node, from_domain, -1));
  if (at == values_.end()) return std::nullopt;
  for (const Known& k : at->second)
    if (k.node == &node && k.stage == stage &&
        plan_.stages[stage].values[static_cast<std::size_t>(k.value)].from_domain == from_domain)
      return k.value;
  return std::nullopt;
}

}  // namespace tessera

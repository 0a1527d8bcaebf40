#include <tessera/distributed/plan/tile_values.hpp>

#include <algorithm>
#include <cstdlib>

#include <tessera/core/errors.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/distributed/plan/halo.hpp>

namespace tessera {
namespace {

// Views of one node that lie further apart than this are values of their own: tiles would be mostly halo.
constexpr std::int64_t most_shift = 100;

// Where the parts of a Concat begin and end on the traversal's axis, and whether no chunk lies across two of them.
JoinedValue joined(const ChunkGrid& grid, const ConcatNode& n, const IndexTransform& from_domain) {
  const auto& a = from_domain.axis(n.axis());
  JoinedValue v{a.from, {}, {}, true};
  const auto& chunks = grid.axis(v.axis);
  for (auto start : n.starts()) {
    const std::int64_t at = start - a.offset;
    v.cuts.push_back(at);
    v.one_part = v.one_part && (at <= 0 || at >= chunks.extent() || chunks.bound(chunks.find(at)) == at);
  }
  return v;
}

// Of a stencil's place, where its input has elements: output that is longer (NumPy's convolve, "full") is made beyond its ends, too.
// What the stencil reaches of it comes on top (halo.hpp).
void narrow(Box& within, const IndexTransform& from_domain, const StencilNode& n) {
  for (int j = 0; j < from_domain.input_rank(); j++) {
    if (!n.stencil()->reaches(j)) continue;
    const auto& a = from_domain.axis(j);
    if (a.from < 0) continue;  // an axis of one index (halo.cpp)
    const std::int64_t begin = n.source().lo[j] - a.offset, end = begin + n.source().extent[j];
    std::int64_t &lo = within.lo[a.from], &extent = within.extent[a.from];
    const std::int64_t last = std::min(lo + extent, end);
    lo = std::clamp(lo, begin, end);
    extent = std::max<std::int64_t>(0, last - lo);
  }
}

}  // namespace

std::uint64_t TileValues::hash_of(const Node& node, const IndexTransform& from_domain, int part_axis) {
  Hash h;
  h.add(reinterpret_cast<std::uintptr_t>(&node)).add(part_axis);
  for (const auto& a : from_domain.axes()) h.add(a.from).add(a.stride);
  return h.value();
}

// The same elements as they are, or as near as a halo may reach.
std::optional<int> TileValues::find(const Wish& wish) const {
  const auto at = values_.find(hash_of(*wish.node, wish.from_domain, wish.place.part_axis));
  if (at == values_.end()) return std::nullopt;
  std::optional<int> near;
  for (const Known& k : at->second) {
    const TileValue& v = value(k.value);
    if (k.node != wish.node.get() || v.part_axis != wish.place.part_axis || !(v.within == wish.place.within)) continue;
    if (v.from_domain == wish.from_domain) return k.value;
    if (!near && lie_close({wish.node, v.from_domain, wish.place}, wish)) near = k.value;
  }
  return near;
}

// True where one value is both, with a halo.
bool TileValues::lie_close(const Wish& a, const Wish& b) const {
  if (a.node != b.node) return false;
  const auto shift = shift_between(a.from_domain, b.from_domain, op_.grid.rank());
  std::int64_t far = 0;
  for (int i = 0; shift && i < shift->size(); i++) far += std::abs((*shift)[i]);
  return shift && far <= most_shift;
}

// Of the parts of a Concat along an axis of the traversal those that are views of one value which does not have that axis:
// they are wanted together, wherever a tile lies.
std::vector<bool> TileValues::side_by_side(const std::vector<Wish>& parts, int axis) const {
  std::vector<bool> together(parts.size());
  for (std::size_t k = 1; k < parts.size(); k++) {
    const auto& axes = parts[k].from_domain.axes();
    if (std::any_of(axes.begin(), axes.end(), [&](const auto& a) { return a.from == axis; })) continue;
    if (lie_close(parts[k - 1], parts[k])) together[k - 1] = together[k] = true;
  }
  return together;
}

// What a value is made of, but for what is in memory. A Concat is seen by the traversal without steps (push_views has
// moved them to the parts): part k is wanted where the traversal's index lies between two cuts.
std::vector<TileValues::Wish> TileValues::inputs_of(const Wish& wish) const {
  const Node& n = *wish.node;
  std::vector<Wish> inputs;
  if (n.kind() == NodeKind::source || n.is_made_whole()) return inputs;
  for (const auto& e : n.inputs()) inputs.push_back({e.node, wish.from_domain.then(e.map), wish.place});
  if (n.kind() == NodeKind::stencil) narrow(inputs[0].place.within, wish.from_domain, as_stencil(n));
  if (n.kind() != NodeKind::concat) return inputs;
  const auto& starts = as_concat(n).starts();
  const auto& a = wish.from_domain.axis(as_concat(n).axis());
  if (a.from < 0 || a.stride != 1) throw InternalError("a Concat is seen through " + to_string(wish.from_domain));
  const std::vector<bool> together = side_by_side(inputs, a.from);
  for (std::size_t k = 0; k < inputs.size(); k++) {
    if (together[k]) continue;
    Place& place = inputs[k].place;
    if (place.part_axis < 0) place.part_axis = a.from;
    std::int64_t &lo = place.within.lo[a.from], &extent = place.within.extent[a.from];
    const std::int64_t end = std::min(lo + extent, starts[k + 1] - a.offset);
    lo = std::max(lo, starts[k] - a.offset);
    extent = std::max<std::int64_t>(0, end - lo);
  }
  return inputs;
}

// The number of a tile value, after those that it is made of, down to what is in memory: from a list, because graphs
// may be 10 000 nodes deep.
int TileValues::number(const Wish& wish) {
  std::vector<Wish> work{wish};
  while (!work.empty()) {
    const Wish w = work.back();
    if (find(w)) {
      work.pop_back();
      continue;
    }
    const auto inputs = inputs_of(w);
    const std::size_t before = work.size();
    for (std::size_t k = inputs.size(); k-- > 0;)  // the first is made first
      if (!find(inputs[k])) work.push_back(inputs[k]);
    if (work.size() > before) continue;
    make(w, inputs);
    work.pop_back();
  }
  return *find(wish);
}

TileValue::How TileValues::how_made(const NodePtr& node, const IndexTransform& from_domain,
                                    std::vector<TileInput> inputs) {
  switch (node->kind()) {
    case NodeKind::source: {
      const int source = draft_.source(node);
      if (as_source(*node).store()) return StoredValue{source, false};
      if (as_source(*node).generator()) return GeneratedValue{source};
      return HeldValue{{HeldArray::From::source, source}};
    }
    case NodeKind::map:
      return ComputedValue{program_of(as_map(*node).program(), as_map(*node).scalars()), std::move(inputs)};
    case NodeKind::concat: {
      JoinedValue parts = joined(op_.grid, as_concat(*node), from_domain);
      parts.inputs = std::move(inputs);
      return parts;
    }
    case NodeKind::stencil:
      return StencilValue{as_stencil(*node).stencil(), as_stencil(*node).source(), inputs[0]};
    case NodeKind::call:
      return CallValue{as_call(*node).function(), std::move(inputs)};
    case NodeKind::chunk_call:
      return ChunkCallValue{as_chunk_call(*node).call(), std::move(inputs)};
    case NodeKind::view:
    case NodeKind::quantity:
    case NodeKind::keep:
    case NodeKind::reduce:
    case NodeKind::redistribute:
    case NodeKind::reshape:
    case NodeKind::scan:
    case NodeKind::select:
    case NodeKind::gather:
    case NodeKind::scatter:
    case NodeKind::mask_count:
    case NodeKind::compress:
    case NodeKind::sort:
    case NodeKind::search:
    case NodeKind::contract:
    case NodeKind::group:
      throw InternalError("a tile has no value that is " + to_string(node));
  }
  throw InternalError("a node of no kind");
}

void TileValues::make(const Wish& wish, const std::vector<Wish>& inputs) {
  const NodePtr& node = wish.node;
  TileValue v;
  v.dtype = node->dtype();
  v.from_domain = wish.from_domain;
  v.shape = node->shape();
  v.within = wish.place.within;
  v.part_axis = wish.place.part_axis;
  std::vector<TileInput> made_of;
  for (std::size_t k = 0; k < inputs.size(); k++) made_of.push_back({*find(inputs[k]), node->inputs()[k].map});
  if (draft_.is_streamed(*node)) {
    if (!(v.from_domain == IndexTransform::identity(op_.grid.shape())))
      throw InternalError("what is gathered tile by tile is seen through " + to_string(v.from_domain));
    v.how = GatheredValue{};
  } else if (node->is_made_whole()) {
    v.how = HeldValue{draft_.array_for(stage_, *node)};
  } else {
    v.how = how_made(node, wish.from_domain, std::move(made_of));
  }
  op_.values.push_back(std::move(v));
  values_[hash_of(*node, wish.from_domain, wish.place.part_axis)].push_back(
      {node.get(), static_cast<int>(op_.values.size()) - 1});
}

std::vector<TileInput> TileValues::inputs_of(const std::vector<Edge>& edges) {
  const Shape shape = op_.grid.shape();
  const IndexTransform identity = IndexTransform::identity(shape);
  const Place everywhere{Box::whole(shape), -1};
  std::vector<TileInput> inputs;
  for (const auto& e : edges) inputs.push_back({number({e.node, identity.then(e.map), everywhere}), e.map});
  return inputs;
}

std::optional<int> TileValues::known(const Node& node) const {
  const IndexTransform identity = IndexTransform::identity(op_.grid.shape());
  const auto at = values_.find(hash_of(node, identity, -1));
  if (at == values_.end()) return std::nullopt;
  for (const Known& k : at->second)
    if (k.node == &node && value(k.value).from_domain == identity) return k.value;
  return std::nullopt;
}

}  // namespace tessera

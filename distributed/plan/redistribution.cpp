#include <tessera/distributed/plan/redistribution.hpp>

#include <fmt/format.h>

#include <map>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/flattened.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

// What a rank has as one range of an axis, with all of the others: rows of a matrix, or columns.
struct Slabs {
  int axis = -1;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;  // by rank
};

// `boxes_of`: of a rank, in indices of the target. Nothing when some rank has something else.
template <class F>
std::optional<Slabs> slabs_of(const Shape& shape, int ranks, F&& boxes_of) {
  Slabs slabs;
  for (int r = 0; r < ranks; r++) {
    const std::vector<Box> boxes = boxes_of(r);
    if (boxes.size() > 1) return std::nullopt;
    slabs.ranges.emplace_back(0, 0);
    if (boxes.empty() || boxes[0].empty()) continue;
    int axis = -1;
    for (int i = 0; i < shape.size(); i++) {
      if (boxes[0].extent[i] == shape[i]) continue;
      if (axis >= 0) return std::nullopt;
      axis = i;
    }
    if (axis < 0) axis = std::max(0, slabs.axis);
    if (slabs.axis >= 0 && slabs.axis != axis) return std::nullopt;
    slabs.axis = axis;
    slabs.ranges.back() = {boxes[0].lo[axis], boxes[0].lo[axis] + boxes[0].extent[axis]};
  }
  return slabs;
}

/// Bytes and messages of streams between ranks.
class Streams {
 public:
  explicit Streams(const Redistribution& op) : item_(item_size(op.dtype)), largest_(op.windows.largest) {}
  void add(std::int64_t elements, std::int64_t streams) {
    const Amount bytes = Amount(elements) * item_;
    moved_ += bytes * streams;
    messages_ += Amount(message_count(bytes.value(), largest_)) * streams;
  }
  Amount moved() const { return moved_; }
  Amount messages() const { return messages_; }

 private:
  std::int64_t item_, largest_;
  Amount moved_, messages_;
};

std::map<std::int64_t, std::int64_t> count_lengths(const Slabs& slabs) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const auto& [lo, hi] : slabs.ranges)
    if (hi > lo) counts[hi - lo]++;
  return counts;
}

// From slabs to slabs of another axis everybody has something for everybody: pairs are counted by the lengths of what
// they have, which are few, and not one by one (10^5 ranks are 10^10 pairs).
bool add_crossing_slabs(const Redistribution& op, Streams& streams) {
  const Regrid& g = op.regrid;
  if (g.from.kind() != Distribution::Kind::blocks || g.to.kind() != Distribution::Kind::blocks) return false;
  const Shape& shape = g.map.output();
  const auto from = slabs_of(shape, g.from.ranks(), [&](int r) {
    std::vector<Box> boxes;
    for (const Box& b : owned_boxes(g.from, r))
      if (const auto seen = g.seen(Regrid::elements(g.from.grid(), b))) boxes.push_back(*seen);
    return boxes;
  });
  if (!from || from->axis < 0) return false;
  const auto to = slabs_of(shape, g.to.ranks(), [&](int r) {
    std::vector<Box> boxes = owned_boxes(g.to, r);
    for (Box& b : boxes) b = Regrid::elements(g.to.grid(), b);
    return boxes;
  });
  if (!to || to->axis < 0 || to->axis == from->axis) return false;
  std::int64_t rest = 1;
  for (int i = 0; i < shape.size(); i++)
    if (i != from->axis && i != to->axis) rest *= shape[i];
  const auto sizes = count_lengths(*from), others = count_lengths(*to);
  std::map<std::int64_t, std::int64_t> pairs;  // by elements
  for (const auto& [n, ranks] : sizes)
    for (const auto& [m, peers] : others) pairs[n * m * rest] += ranks * peers;
  for (std::size_t r = 0; r < from->ranges.size(); r++) {
    const std::int64_t n = from->ranges[r].second - from->ranges[r].first;
    const std::int64_t m = to->ranges[r].second - to->ranges[r].first;
    if (n > 0 && m > 0) pairs[n * m * rest]--;  // what it keeps
  }
  for (const auto& [elements, count] : pairs) streams.add(elements, count);
  return true;
}

Redistribution from_memory(Draft& draft, std::size_t stage, const Edge& e, const Shape& shape) {
  Redistribution op;
  op.dtype = e.node->dtype();
  op.before = e.map.output(), op.shape = shape;
  if (e.node->is_made_whole())
    op.from = draft.array_for(stage, *e.node);
  else
    op.from = {HeldArray::From::source, draft.source(e.node)};
  return op;
}

Distribution owners_of(Draft& draft, const HeldArray& from) {
  const Distribution& held = distribution_of(draft.plan(), from);
  return on_every_rank(draft.plan(), from) ? Distribution::replicated(held.grid(), draft.limits().ranks) : held;
}

int made_in_memory(Draft& draft, std::size_t stage, const Node& node, const Distribution& owners,
                   const HeldArray& from) {
  const auto to = draft.destination(stage, node, owners, space_of(draft.plan(), from));
  if (!to.writes.empty() || !to.array)
    throw InternalError("a redistributed array is in memory, and written from there");
  return *to.array;
}

}  // namespace

Redistribution build_redistribution(Draft& draft, std::size_t stage, const Node& node) {
  const Edge& e = node.inputs()[0];
  Redistribution op = from_memory(draft, stage, e, node.shape());
  op.regrid = {owners_of(draft, op.from), e.map, Distribution::blocks(node.grid(), draft.limits().ranks)};
  op.array = made_in_memory(draft, stage, node, op.regrid.to, op.from);
  return op;
}

Redistribution build_reshape(Draft& draft, std::size_t stage, const ReshapeNode& node) {
  const Edge& e = node.inputs()[0];
  Redistribution op = from_memory(draft, stage, e, node.shape());
  const Distribution held = owners_of(draft, op.from);
  const auto groups = axis_groups(node.from(), node.shape());
  const auto before = ranges_from(groups), after = ranges_to(groups);
  const auto from = flattened(held.grid(), before), to = flattened(node.grid(), after);
  if (!from || !to || !e.map.is_identity(e.node->shape()))
    throw InternalError("what is reshaped is not in runs: " + to_string(held.grid()));
  // Cut alike, everything stays where it is.
  const bool stays = *from == *to && held.kind() == Distribution::Kind::blocks && held.is_row_major();
  const Distribution owners = stays ? Distribution::blocks(node.grid(), held.starts())
                                    : Distribution::blocks(node.grid(), draft.limits().ranks);
  op.regrid = {flattened(held, before, *from), IndexTransform::identity(to->shape()), flattened(owners, after, *to)};
  op.array = made_in_memory(draft, stage, node, owners, op.from);
  return op;
}

std::string name_of(const Redistribution& op) {
  if (op.shape == op.before) return "redistribute " + to_string(op.dtype) + " " + to_string(op.shape);
  return "reshape " + to_string(op.dtype) + " " + to_string(op.before) + " to " + to_string(op.shape);
}

std::optional<SpaceBytes> fit(const Plan& plan, Redistribution& op, const SpaceBytes& available) {
  const Regrid& g = op.regrid;
  const int ranks = plan.limits.ranks;
  op.messages = 0;
  if (ranks == 1 || g.from.kind() == Distribution::Kind::replicated) return std::nullopt;
  op.carried = is_linked(plan, op.from, plan.array(op.array).space) ? Space::device : Space::host;
  // What a rank has and gets, or less.
  const Amount all = (Amount(g.from.most_elements()) + g.to.most_elements()) * item_size(op.dtype);
  std::int64_t budget =
      op.carried == Space::device ? link_bytes(plan.limits.device_memory) : message_bytes(plan.limits.memory);
  for (;; budget /= 2) {
    op.windows = windows_within(budget, ranks);
    op.messages = rounded(plan.limits, op.carried, std::min(all, Amount(op.windows.memory()))).value();
    if (op.messages <= available.in(op.carried).value()) return std::nullopt;
    if (op.windows.peers == 1 && op.windows.memory() <= 64 << 10) return memory_of(op);
  }
}

SpaceBytes memory_of(const Redistribution& op) {
  SpaceBytes bytes;
  bytes.in(op.carried) += op.messages;
  return bytes;
}

Traffic traffic_of(const Plan& plan, const Redistribution& op) {
  Traffic t;
  t.chunks = op.regrid.to.grid().count();
  Streams streams(op);
  if (plan.limits.ranks > 1 && op.regrid.from.kind() != Distribution::Kind::replicated && t.chunks > 0 &&
      !add_crossing_slabs(op, streams))
    for (int from = 0; from < plan.limits.ranks; from++)
      for (const auto& [to, elements] : op.regrid.receivers_of(from))
        if (to != from) streams.add(elements, 1);
  t.bytes_moved = streams.moved().value(), t.messages = streams.messages().value();
  if (is_between_devices(plan, op.from, plan.array(op.array).space)) t.between_devices = t.bytes_moved;
  return t;
}

std::string explain(const Plan& plan, const Redistribution& op) {
  const Regrid& g = op.regrid;
  const std::string what = op.from.from == HeldArray::From::stage ? fmt::format("array {}", op.from.number)
                                                                  : std::string("a resident array");
  const Distribution& from = distribution_of(plan, op.from);
  const Distribution& to = plan.array(op.array).distribution;
  std::string s = fmt::format("    from     {} in chunks {}, {}\n", what, to_string(from.grid()),
                              to_string(g.from.kind() == Distribution::Kind::replicated ? g.from : from));
  s += fmt::format("    to       array {} in chunks {}, {}\n", op.array, to_string(to.grid()), to_string(to));
  if (plan.limits.ranks > 1)
    s += fmt::format("    exchange with {} peer{} at a time, in messages of up to {}\n", op.windows.peers,
                     op.windows.peers == 1 ? "" : "s", format_size(op.windows.largest));
  return s;
}

std::string explain_memory(const Redistribution& op) {
  return "messages " + format_size(op.messages) + (op.carried == Space::device ? " of the device" : "");
}

}  // namespace tessera

#include <tessera/distributed/plan/buffer_slots.hpp>

#include <algorithm>
#include <limits>

#include <tessera/distributed/plan/tile_space.hpp>

namespace tessera {

std::span<const TileInput> inputs_of(const TileValue& v) {
  using Inputs = std::span<const TileInput>;
  struct Of {
    Inputs operator()(const StoredValue&) { return {}; }
    Inputs operator()(const GeneratedValue&) { return {}; }
    Inputs operator()(const HeldValue&) { return {}; }
    Inputs operator()(const FetchedValue&) { return {}; }
    Inputs operator()(const GatheredValue&) { return {}; }
    Inputs operator()(const ComputedValue& how) { return how.inputs; }
    Inputs operator()(const JoinedValue& how) { return how.inputs; }
    Inputs operator()(const StencilValue& how) { return {&how.input, 1}; }
    Inputs operator()(const CallValue& how) { return how.inputs; }
    Inputs operator()(const ChunkCallValue& how) { return how.inputs; }
  };
  return std::visit(Of{}, v.how);
}

namespace {

// By value, the last one that is made of it, or of what it is used in place by; the number of values: an output takes it.
std::vector<std::size_t> last_uses(const TileOperator& op) {
  const std::size_t n = op.values.size();
  std::vector<std::size_t> last(n, 0);
  for (const auto& o : op.outputs)
    for (const auto& in : o.inputs) last[static_cast<std::size_t>(in.value)] = n;
  for (std::size_t v = n; v-- > 0;)
    for (const auto& in : inputs_of(op.values[v])) {
      auto& use = last[static_cast<std::size_t>(in.value)];
      use = std::max({use, v, op.values[v].as<JoinedValue>() ? last[v] : 0});
    }
  return last;
}

}  // namespace

std::vector<int> buffer_slots(const TileOperator& op) {
  const std::vector<std::size_t> last = last_uses(op);
  std::vector<int> slots(op.values.size(), -1), free;
  std::vector<std::vector<int>> freed(op.values.size() + 1);  // behind each value
  int count = 0;
  for (std::size_t v = 0; v < op.values.size(); v++) {
    if (comes_from_host(op, op.values[v])) {
      if (!op.values[v].is_part()) slots[v] = count++;
    } else if (!op.values[v].is_part()) {
      if (free.empty()) free.push_back(count++);
      slots[v] = free.back();
      free.pop_back();
      freed[std::max(last[v], v)].push_back(slots[v]);
    }
    free.insert(free.end(), freed[v].begin(), freed[v].end());
  }
  return slots;
}

}  // namespace tessera

#include <tessera/core/graph/node_base.hpp>

#include <new>

#include <tessera/core/hash.hpp>

namespace tessera {
namespace {

// Nodes whose handles a dying node gave up: released one after another by the outermost destructor, so that the stack
// stays flat.
thread_local std::vector<NodePtr>* released = nullptr;

}  // namespace

const char* name(NodeKind kind) {
  static constexpr const char* names[] = {
#define TESSERA_NODE_KIND(name, Class) #name,
#include <tessera/core/graph/kinds.inc>
#undef TESSERA_NODE_KIND
  };
  return names[static_cast<std::size_t>(kind)];
}

Node::Node(NodeKind kind, DType dtype, Shape shape, ChunkGrid grid, std::vector<Edge> inputs)
    : kind_(kind), dtype_(dtype), shape_(shape), grid_(std::move(grid)), inputs_(std::move(inputs)) {
  static_cast<void>(num_elements(shape_));  // throws for what two operands can only broadcast to: (2^40, 1), (1, 2^40)
}

Node::~Node() {
  if (inputs_.empty()) return;
  // Without memory for the list, inputs go one within another, which takes stack instead.
  const auto release = [this](std::vector<NodePtr>& to) {
    try {
      for (auto& e : inputs_) to.push_back(std::move(e.node));
    } catch (const std::bad_alloc&) {
    }
  };
  if (released) {
    release(*released);
    return;
  }
  std::vector<NodePtr> pending;
  released = &pending;
  release(pending);
  while (!pending.empty()) {
    NodePtr next = std::move(pending.back());
    pending.pop_back();
    next.reset();
  }
  released = nullptr;
}

void Node::add_shape(Key& key) const {
  key.add(kind_).add(dtype_).add(shape_.size());
  for (const auto e : shape_) key.add(e);
  key.add(grid_).add(inputs_.size());
  for (const auto& e : inputs_) key.add(e.map);
}

void Node::add_structure(Key& key) const {
  add_shape(key);
  add_own_structure(key);
  add_placement(key);
}

void Node::add_own_values(Key& key) const {
  for (const auto& s : scalars()) key.add(s.value);
}

void Node::set_identity() {
  // Kept from node to node, so that building one allocates nothing for its keys.
  thread_local Key key;
  const auto hash_of = [&](auto&& add_parts) {
    key.clear();
    add_parts();
    return key.hash();
  };
  const std::uint64_t common = hash_of([&] {
    add_shape(key);
    add_own_structure(key);
  });
  Hash identity, structure;
  identity.add(common).add(hash_of([&] { add_own_values(key); }));
  structure.add(common).add(hash_of([&] { add_placement(key); }));
  for (const auto& e : inputs_) {
    identity.add(e.node->identity());
    structure.add(e.node->structure());
  }
  identity_ = identity.value();
  structure_ = structure.value();
}

bool Node::is_same_of_its_inputs(const Node& other) const {
  if (kind_ != other.kind_) return false;
  Key mine, others;
  add_structure(mine);
  add_own_values(mine);
  other.add_structure(others);
  other.add_own_values(others);
  return mine == others && has_same_data(other);
}

}  // namespace tessera

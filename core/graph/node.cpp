#include <tessera/core/graph/node.hpp>

#include <unordered_map>
#include <unordered_set>

#include <tessera/core/hash.hpp>

namespace tessera {
namespace {

// Nodes whose handles a dying node gave up: released one after another by the outermost destructor, so that the stack
// stays flat.
thread_local std::vector<NodePtr>* released = nullptr;

void add_grid(Hash& h, const ChunkGrid& grid) {
  for (int i = 0; i < grid.rank(); i++) {
    const auto& a = grid.axis(i);
    h.add(a.extent()).add(a.count());
    if (a.is_regular()) {
      if (a.count() > 1) h.add(a.bound(1));
      if (a.count() > 2) h.add(a.bound(2));
    } else {
      for (std::int64_t k = 1; k < a.count(); k++) h.add(a.bound(k));
    }
  }
}

void add_transform(Hash& h, const IndexTransform& t) {
  for (auto e : t.output()) h.add(e);
  for (const auto& a : t.axes()) h.add(a.from).add(a.offset).add(a.stride);
}

void add_scalar(Hash& h, const Scalar& s) {
  h.add(s.kind());
  const auto v = s.as<std::complex<double>>();
  if (s.kind() == Kind::integer)
    h.add(s.as<std::uint64_t>()).add(s.as<double>() < 0);
  else
    h.add(v.real()).add(v.imag());
}

}  // namespace

std::uint64_t value_hash(const Scalar& value) {
  Hash h;
  add_scalar(h, value);
  return h.value();
}

Resident::~Resident() = default;

Node::Node(NodeKind kind, DType dtype, Shape shape, ChunkGrid grid, std::vector<Edge> inputs)
    : kind_(kind), dtype_(dtype), shape_(shape), grid_(std::move(grid)), inputs_(std::move(inputs)) {
  static_cast<void>(num_elements(shape_));  // throws for what two operands can only broadcast to: (2^40, 1), (1, 2^40)
}

Node::~Node() {
  if (inputs_.empty()) return;
  if (released) {
    for (auto& e : inputs_) released->push_back(std::move(e.node));
    return;
  }
  std::vector<NodePtr> pending;
  released = &pending;
  for (auto& e : inputs_) pending.push_back(std::move(e.node));
  while (!pending.empty()) {
    NodePtr next = std::move(pending.back());
    pending.pop_back();
    next.reset();
  }
  released = nullptr;
}

void Node::set_hashes(std::uint64_t own_identity, std::uint64_t own_structure, std::uint64_t placement) {
  Hash identity, structure;
  structure.add(kind_).add(dtype_).add(own_structure).add(inputs_.size());
  for (auto e : shape_) structure.add(e);
  add_grid(structure, grid_);
  for (const auto& e : inputs_) add_transform(structure, e.map);
  identity.add(structure.value()).add(own_identity);
  structure.add(placement);
  for (const auto& e : inputs_) {
    structure.add(e.node->structure());
    identity.add(e.node->identity());
  }
  identity_ = identity.value();
  structure_ = structure.value();
}

SourceNode::SourceNode(DType dtype, Shape shape, ChunkGrid grid, SourceData data)
    : Node(NodeKind::source, dtype, shape, std::move(grid), {}), data_(std::move(data)) {
  Hash identity, structure;
  std::uint64_t placement = 0;
  structure.add(data_.index());
  if (const auto* s = store()) {
    identity.add(s->info().identity);
    // What a read costs: how a tile of it is sized.
    for (auto e : s->info().indivisible) structure.add(e);
    structure.add(s->info().chunked).add(s->info().filters).add(s->info().stored_bytes);
  } else if (auto r = resident()) {
    identity.add(r->identity());
    placement = r->structure();
  } else if (const auto* f = fill()) {
    add_scalar(identity, f->value);
    structure.add(f->value.kind());
  } else if (const auto* a = std::get_if<ArangeSource>(&data_)) {
    add_scalar(identity, a->start);
    add_scalar(identity, a->step);
    structure.add(a->start.kind());
  } else if (const auto* g = std::get_if<RandomSource>(&data_)) {
    identity.add(g->key.seed).add(g->key.stream);
    structure.add(g->kind);
  } else if (const auto* l = std::get_if<LawSource>(&data_)) {
    identity.add(l->key.seed).add(l->key.stream).add(l->law->identity());
  }
  set_hashes(identity.value(), structure.value(), placement);
}

const Store* SourceNode::store() const {
  const auto* s = std::get_if<std::shared_ptr<const Store>>(&data_);
  return s ? s->get() : nullptr;
}

std::shared_ptr<const Resident> SourceNode::resident() const {
  const auto* r = std::get_if<std::shared_ptr<const Resident>>(&data_);
  return r ? *r : nullptr;
}

MapNode::MapNode(Program program, std::vector<ScalarParameter> scalars, Shape shape, ChunkGrid grid,
                 std::vector<Edge> inputs, std::optional<Kept> kept, std::optional<Quantity> quantity)
    : Node(NodeKind::map, program.type(program.outputs[0]), shape, std::move(grid), std::move(inputs)),
      program_(std::move(program)),
      scalars_(std::move(scalars)),
      kept_(kept),
      quantity_(quantity) {
  Hash identity, structure;
  for (const auto& s : scalars_) add_scalar(identity, s.value);
  structure.add(program_.hash()).add(kept_.has_value());
  set_hashes(identity.value(), structure.value());
}

ViewNode::ViewNode(NodePtr input, IndexTransform transform)
    : Node(NodeKind::view, input->dtype(), transform.output(), transform.map_grid(input->grid()),
           {Edge{input, transform}}) {
  set_hashes(0, 0);
}

ConcatNode::ConcatNode(DType dtype, ChunkGrid grid, int axis, std::vector<std::int64_t> starts, std::vector<Edge> parts,
                       std::shared_ptr<const Store> described)
    : Node(NodeKind::concat, dtype, grid.shape(), grid, std::move(parts)),
      axis_(axis),
      starts_(std::move(starts)),
      described_(std::move(described)) {
  Hash structure;
  structure.add(axis_);
  for (auto s : starts_) structure.add(s);
  set_hashes(0, structure.value());
}

ReduceNode::ReduceNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs,
                       ChunkGrid domain, std::uint32_t reduced, Fold fold, Epilogue epilogue)
    : Node(NodeKind::reduce, epilogue.program.type(epilogue.program.outputs[0]), kept_axes(domain.shape(), reduced),
           kept_axes(domain, reduced), std::move(inputs)),
      program_(std::move(prologue)),
      scalars_(std::move(scalars)),
      domain_(std::move(domain)),
      reduced_(reduced),
      fold_(std::move(fold)),
      epilogue_(std::move(epilogue)) {
  Hash identity, structure;
  for (const auto& s : scalars_) add_scalar(identity, s.value);
  for (const auto& s : epilogue_.scalars) {
    add_scalar(identity, s.value);
    if (s.origin < 0) add_scalar(structure, s.value);  // n - correction: a cached plan keeps it
  }
  structure.add(program_.hash()).add(epilogue_.program.hash()).add(reduced_).add(fold_.combiner).add(fold_.element);
  if (const auto& u = fold_.user)
    structure.add(std::string_view(u->name)).add(u->version).add(u->state_bytes).add(u->result);
  add_grid(structure, domain_);
  set_hashes(identity.value(), structure.value());
}

ChunkGrid kept_axes(const ChunkGrid& grid, std::uint32_t reduced) {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < grid.rank(); i++)
    if (!(reduced >> i & 1u)) axes.push_back(grid.axis(i));
  return ChunkGrid(std::move(axes));
}

Dims kept_axes(const Dims& dims, std::uint32_t reduced) {
  Dims kept;
  for (int i = 0; i < dims.size(); i++)
    if (!(reduced >> i & 1u)) kept.push_back(dims[i]);
  return kept;
}

Program identity_program(DType type) {
  Program p;
  p.inputs = {type};
  p.outputs = {0};
  return p;
}

std::vector<NodePtr> topological_order(const std::vector<NodePtr>& roots) {
  std::vector<NodePtr> order;
  std::unordered_set<const Node*> seen;
  std::vector<std::pair<NodePtr, std::size_t>> stack;  // a node, and the next of its inputs to visit
  for (const auto& root : roots) {
    if (!seen.insert(root.get()).second) continue;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next < node->inputs().size()) {
        NodePtr input = node->inputs()[next++].node;
        if (seen.insert(input.get()).second) stack.emplace_back(std::move(input), 0);
      } else {
        order.push_back(std::move(node));
        stack.pop_back();
      }
    }
  }
  return order;
}

std::string to_string(const NodePtr& root) {
  static constexpr const char* kinds[] = {"source", "map", "view", "reduce", "concat"};
  std::string s;
  std::unordered_map<const Node*, std::size_t> number;
  for (const auto& n : topological_order({root})) {
    const std::size_t k = number.size();
    number[n.get()] = k;
    s += "n" + std::to_string(k) + " = " + kinds[static_cast<int>(n->kind())] + " " + to_string(n->dtype()) + " " +
         to_string(n->shape());
    for (const auto& e : n->inputs()) s += " n" + std::to_string(number[e.node.get()]) + to_string(e.map);
    s += "\n";
  }
  return s;
}

}  // namespace tessera

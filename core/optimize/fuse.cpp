// Trees of Maps become one Program, also behind a Reduce or a Scan. Walks down from every node that must exist as memory (roots,
// Reduces, Scans, Concats, Maps that are broadcast, cut off or part of a Concat) and inlines the Maps below it, each once
// however often it is used. Fill sources become scalar parameters; an instruction on scalars alone is folded into one.
#include <tessera/core/optimize/optimize.hpp>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include <tessera/core/cpu/kernel.hpp>

namespace tessera {
namespace {

// A Map below the node being built, reached by an edge that repeats nothing, becomes part of its Program.
bool may_inline(const Edge& e) { return e.node->kind() == NodeKind::map && e.map.is_identity(e.node->shape()); }

using Held = std::unordered_set<const Node*>;

// The Maps that are inlined into `top`, inputs before consumers; at most fuse_limit instructions. Not those of `held`.
std::vector<const Node*> body_of(const Node& top, std::size_t own_instructions, const Held& held) {
  std::vector<const Node*> body;
  std::unordered_set<const Node*> inside;
  std::size_t instructions = own_instructions;
  std::vector<const Node*> level{&top};
  // Breadth first, so that what is cut off lies deepest.
  for (std::size_t at = 0; at < level.size(); at++)
    for (const auto& e : level[at]->inputs()) {
      if (!may_inline(e) || inside.count(e.node.get()) || held.count(e.node.get())) continue;
      const std::size_t n = as_map(*e.node).program().code.size();
      if (instructions + n > fuse_limit) continue;
      instructions += n;
      inside.insert(e.node.get());
      level.push_back(e.node.get());
    }
  // Inputs before consumers, looking at nothing but the members: a walk below them would make fusion quadratic.
  std::unordered_set<const Node*> done;
  std::vector<std::pair<const Node*, std::size_t>> stack{{&top, 0}};
  while (!stack.empty()) {
    auto& [node, next] = stack.back();
    if (next < node->inputs().size()) {
      const Edge& e = node->inputs()[next++];
      if (inside.count(e.node.get()) && done.insert(e.node.get()).second) stack.emplace_back(e.node.get(), 0);
      continue;
    }
    const Node* finished = node;
    stack.pop_back();
    if (finished == &top) break;
    body.push_back(finished);
  }
  return body;
}

class Builder {
 public:
  explicit Builder(const std::unordered_map<const Node*, NodePtr>& built) : built_(built) {}

  // The value of an edge's node: an inlined Map, a scalar (fill), or an input of the Program.
  int value(const Edge& e) {
    if (may_inline(e))
      if (const auto v = inlined_.find(e.node.get()); v != inlined_.end()) return v->second;
    if (e.node->kind() == NodeKind::source)
      if (const auto* f = as_source(*e.node).fill()) return scalar(*f, e.node->dtype());
    const auto known = built_.find(e.node.get());
    const NodePtr& node = known == built_.end() ? e.node : known->second;
    for (std::size_t i = 0; i < edges_.size(); i++)
      if (edges_[i].node == node && edges_[i].map == e.map) return input_[i];
    edges_.push_back({node, e.map});
    input_.push_back(static_cast<int>(values_.size()));
    values_.push_back({Kind::input, edges_.size() - 1, node->dtype()});
    return input_.back();
  }

  // Inlines the code of a Program whose inputs are `edges`; returns the value of its only output.
  int inline_program(const Program& p, std::span<const ScalarParameter> scalars, const std::vector<Edge>& edges) {
    std::vector<int> map;
    for (const auto& e : edges) map.push_back(value(e));
    for (std::size_t i = 0; i < scalars.size(); i++) map.push_back(scalar(scalars[i], p.scalars[i]));
    for (const auto& in : p.code) {
      const int arity = info(in.op).arity;
      int operands[3] = {map[in.a], arity > 1 ? map[in.b] : -1, arity > 2 ? map[in.c] : -1};
      map.push_back(instruction(in, operands, arity));
    }
    return map[p.outputs[0]];
  }
  void define(const Node* n, int v) { inlined_[n] = v; }

  void finish(int output, Program& p, std::vector<ScalarParameter>& scalars, std::vector<Edge>& edges) {
    std::vector<ValueId> number(values_.size());
    for (const auto& e : edges_) p.inputs.push_back(e.node->dtype());
    std::vector<std::size_t> used = used_scalars(output);
    for (auto v : used) {
      number[v] = static_cast<ValueId>(p.inputs.size() + scalars.size());
      scalars.push_back(scalars_[values_[v].index]);
      p.scalars.push_back(values_[v].type);
    }
    for (std::size_t v = 0; v < values_.size(); v++)
      if (values_[v].kind == Kind::input) number[v] = static_cast<ValueId>(values_[v].index);
    for (std::size_t v = 0; v < values_.size(); v++) {
      if (values_[v].kind != Kind::code) continue;
      Instruction in = code_[values_[v].index];
      const int arity = info(in.op).arity;
      const auto& o = operands_[values_[v].index];
      in.a = number[o[0]];
      in.b = arity > 1 ? number[o[1]] : ValueId{0};
      in.c = arity > 2 ? number[o[2]] : ValueId{0};
      number[v] = static_cast<ValueId>(p.values());
      p.code.push_back(in);
    }
    p.outputs = {number[output]};
    edges = std::move(edges_);
  }

 private:
  enum class Kind : std::uint8_t { input, scalar, code };
  struct Value {
    Kind kind;
    std::size_t index;
    DType type;
  };

  int scalar(const ScalarParameter& s, DType type) {
    for (std::size_t v = 0; v < values_.size(); v++)
      if (values_[v].kind == Kind::scalar && values_[v].type == type && s.origin >= 0 &&
          scalars_[values_[v].index].origin == s.origin && scalars_[values_[v].index].index == s.index)
        return static_cast<int>(v);
    scalars_.push_back(s);
    values_.push_back({Kind::scalar, scalars_.size() - 1, type});
    return static_cast<int>(values_.size()) - 1;
  }

  int instruction(const Instruction& in, const int (&operands)[3], int arity) {
    bool constant = true;
    for (int i = 0; i < arity; i++) constant = constant && values_[operands[i]].kind == Kind::scalar;
    if (constant) return folded(in, operands, arity);
    code_.push_back(in);
    operands_.push_back({operands[0], operands[1], operands[2]});
    values_.push_back({Kind::code, code_.size() - 1, in.to});
    return static_cast<int>(values_.size()) - 1;
  }

  int folded(const Instruction& in, const int (&operands)[3], int arity) {
    auto f = std::make_shared<FoldedScalar>();
    f->instruction = in;
    f->instruction.a = 0, f->instruction.b = 1, f->instruction.c = 2;
    std::vector<Scalar> arguments;
    for (int i = 0; i < arity; i++) {
      f->arguments.push_back(scalars_[values_[operands[i]].index]);
      arguments.push_back(f->arguments.back().value);
    }
    const Scalar value = fold(f->instruction, arguments);
    scalars_.push_back({value, -1, 0, std::move(f)});
    values_.push_back({Kind::scalar, scalars_.size() - 1, in.to});
    return static_cast<int>(values_.size()) - 1;
  }

  std::vector<std::size_t> used_scalars(int output) const {
    std::vector<bool> used(values_.size());
    used[output] = true;
    for (const auto& o : operands_)
      for (int v : o)
        if (v >= 0) used[v] = true;
    std::vector<std::size_t> out;
    for (std::size_t v = 0; v < values_.size(); v++)
      if (used[v] && values_[v].kind == Kind::scalar) out.push_back(v);
    return out;
  }

  const std::unordered_map<const Node*, NodePtr>& built_;
  std::unordered_map<const Node*, int> inlined_;
  std::vector<Value> values_;
  std::vector<Edge> edges_;
  std::vector<int> input_;
  std::vector<ScalarParameter> scalars_;
  std::vector<Instruction> code_;
  std::vector<std::array<int, 3>> operands_;
};

using Built = std::unordered_map<const Node*, NodePtr>;

// What holds the elements of its inputs, or joins them.
NodePtr over_built(const Node& n, const Built& built) {
  std::vector<Edge> inputs = n.inputs();
  for (auto& e : inputs)
    if (const auto known = built.find(e.node.get()); known != built.end()) e.node = known->second;
  return n.with_inputs(std::move(inputs));
}

NodePtr build(const Node& node, const std::vector<const Node*>& body, const Built& built) {
  Builder b(built);
  for (const Node* n : body) {
    const auto& m = as_map(*n);
    b.define(n, b.inline_program(m.program(), m.scalars(), m.inputs()));
  }
  Program p;
  std::vector<ScalarParameter> scalars;
  std::vector<Edge> edges;
  return visit_node(
      node,
      overloaded{[&](const MapNode& m) -> NodePtr {
                   b.finish(b.inline_program(m.program(), m.scalars(), m.inputs()), p, scalars, edges);
                   return std::make_shared<MapNode>(std::move(p), std::move(scalars), m.shape(), m.grid(),
                                                    std::move(edges));
                 },
                 [&](const ReduceNode& r) -> NodePtr {
                   b.finish(b.inline_program(r.program(), r.scalars(), r.inputs()), p, scalars, edges);
                   return std::make_shared<ReduceNode>(std::move(p), std::move(scalars), std::move(edges), r.domain(),
                                                       r.reduced(), r.fold(), r.epilogue());
                 },
                 [&](const ScanNode& n) -> NodePtr {
                   b.finish(b.inline_program(n.program(), n.scalars(), n.inputs()), p, scalars, edges);
                   return std::make_shared<ScanNode>(std::move(p), std::move(scalars), std::move(edges), n.grid(),
                                                     n.axis(), n.scan().kind);
                 },
                 [&](const SelectNode& n) -> NodePtr {
                   b.finish(b.inline_program(n.program(), n.scalars(), n.inputs()), p, scalars, edges);
                   return n.over(std::move(p), std::move(scalars), std::move(edges));
                 },
                 [&](const ConcatNode& n) { return over_built(n, built); },
                 [&](const KeepNode& n) { return over_built(n, built); },
                 [&](const SortNode& n) { return over_built(n, built); },
                 [&](const SearchNode& n) { return over_built(n, built); },
                 [&](const ContractNode& n) { return over_built(n, built); },
                 [&](const GroupNode& n) { return over_built(n, built); },
                 [&](const StencilNode& n) { return over_built(n, built); },
                 [&](const CallNode& n) { return over_built(n, built); },
                 [&](const ChunkCallNode& n) { return over_built(n, built); },
                 [&](const RedistributeNode& n) { return over_built(n, built); },
                 [&](const ReshapeNode& n) { return over_built(n, built); },
                 [&](const GatherNode& n) { return over_built(n, built); },
                 [&](const ScatterNode& n) { return over_built(n, built); },
                 [&](const MaskCountNode& n) { return over_built(n, built); },
                 [&](const CompressNode& n) { return over_built(n, built); },
                 [](const SourceNode&) -> NodePtr { throw InternalError("a source is not built"); },
                 [](const ViewNode&) -> NodePtr { throw InternalError("a view was not pushed down"); },
                 [](const QuantityNode&) -> NodePtr { throw InternalError("a quantity was not looked through"); }});
}

// The Maps that become part of a node's Program.
std::vector<const Node*> body_of(const Node& n, const Held& held) {
  if (n.kind() == NodeKind::map) return body_of(n, as_map(n).program().code.size(), held);
  if (n.kind() == NodeKind::reduce) return body_of(n, as_reduce(n).program().code.size(), held);
  if (n.kind() == NodeKind::scan) return body_of(n, as_scan(n).program().code.size(), held);
  if (n.kind() == NodeKind::select) return body_of(n, as_select(n).program().code.size(), held);
  return {};  // has no Program
}

}  // namespace

Scalar fold(const Instruction& instruction, const std::vector<Scalar>& arguments) {
  Program p;
  std::vector<ScalarBits> bits;
  for (std::size_t i = 0; i < arguments.size(); i++) {
    p.scalars.push_back(instruction.op == Op::where && i == 0 ? DType::bool_ : instruction.type);
    bits.push_back(to_bits(arguments[i], p.scalars.back()));
  }
  p.code = {instruction};
  p.outputs = {static_cast<ValueId>(arguments.size())};
  alignas(16) std::byte out[16];
  const StridedOutput result{out, {}};
  cpu::Kernel::compile(p)->map({}, {}, bits, {&result, 1}, false);
  return visit_dtype(instruction.to, [&]<class T>(T) {
    T v;
    std::memcpy(&v, out, sizeof v);
    return Scalar(v);
  });
}

std::vector<NodePtr> fuse(const std::vector<NodePtr>& roots) {
  // Top down, all consumers of a node before it: who must exist as memory, and what each takes into its Program.
  const std::vector<NodePtr> order = topological_order(roots);
  std::unordered_map<const Node*, std::vector<const Node*>> bodies;
  std::unordered_set<const Node*> needed;
  // What is not computed twice: a result of many operations that another result is made of (call and put of one
  // option), and what one Program had no room for. Were that taken into others, each of which has its own ends, copies
  // would beget copies: of x[n] = x[n - 1] + x[n - 2], n^2 / 512.
  constexpr std::size_t worth_holding = 8;
  Held held;
  for (const auto& r : roots) {
    needed.insert(r.get());
    if (r->kind() == NodeKind::map && body_of(*r, held).size() >= worth_holding) held.insert(r.get());
  }
  for (auto n = order.rbegin(); n != order.rend(); ++n) {
    if (!needed.count(n->get()) || (*n)->kind() == NodeKind::source) continue;
    const auto& members = bodies[n->get()] = body_of(**n, held);
    const std::unordered_set<const Node*> inside(members.begin(), members.end());
    const auto need_inputs = [&](const Node& consumer) {
      for (const auto& e : consumer.inputs()) {
        if (inside.count(e.node.get()) && may_inline(e)) continue;
        needed.insert(e.node.get());
        if (may_inline(e)) held.insert(e.node.get());
      }
    };
    need_inputs(**n);
    for (const Node* m : members) need_inputs(*m);
  }
  // Bottom up: build them.
  std::unordered_map<const Node*, NodePtr> built;
  for (const auto& n : order)
    if (const auto b = bodies.find(n.get()); b != bodies.end()) built[n.get()] = build(*n, b->second, built);
  std::vector<NodePtr> out;
  for (const auto& r : roots) out.push_back(built.at(r.get()));
  return out;
}

}  // namespace tessera

#include <tessera/core/graph/source_node.hpp>

#include <tessera/core/overloaded.hpp>

namespace tessera {

Resident::~Resident() = default;

namespace {

void add_values(Key& key, const Generator& generator) {
  std::visit(overloaded{[&](const ArangeSource& a) { key.add(a.start).add(a.step); },
                        [&](const RandomSource& r) { key.add(r.key.seed).add(r.key.stream); },
                        [&](const LawSource& l) {
                          key.add(l.key.seed).add(l.key.stream);
                          add(key, *l.law);
                        }},
             generator);
}

}  // namespace

SourceNode::SourceNode(DType dtype, Shape shape, ChunkGrid grid, SourceData data)
    : Node(NodeKind::source, dtype, shape, std::move(grid), {}), data_(std::move(data)) {
  set_identity();
}

const Store* SourceNode::store() const {
  const auto* s = std::get_if<std::shared_ptr<const Store>>(&data_);
  return s ? s->get() : nullptr;
}

std::shared_ptr<const Resident> SourceNode::resident() const {
  const auto* r = std::get_if<std::shared_ptr<const Resident>>(&data_);
  return r ? *r : nullptr;
}

const ScalarParameter* SourceNode::fill() const {
  const auto* f = std::get_if<FillSource>(&data_);
  return f ? &f->scalar : nullptr;
}

NodePtr SourceNode::with_inputs(std::vector<Edge>) const {
  return std::make_shared<SourceNode>(dtype(), shape(), grid(), data_);
}

std::span<const ScalarParameter> SourceNode::scalars() const {
  const ScalarParameter* f = fill();
  return f ? std::span(f, 1) : std::span<const ScalarParameter>();
}

void SourceNode::add_own_structure(Key& key) const {
  key.add(data_.index());
  std::visit(overloaded{[&](const std::shared_ptr<const Store>& s) {
                          // What a read costs: how a tile of it is sized.
                          for (const auto e : s->info().indivisible) key.add(e);
                          key.add(s->info().chunked).add(s->info().filters).add(s->info().stored_bytes);
                        },
                        [](const std::shared_ptr<const Resident>&) {},
                        [&](const FillSource& f) { key.add(f.scalar.value.kind()); },
                        [&](const Generator& g) {
                          // Which kind it is, for a device computes some and not others.
                          key.add(g.index());
                          std::visit(overloaded{[&](const ArangeSource& a) { key.add(a.start.kind()); },
                                                [&](const RandomSource& r) { key.add(r.kind); },
                                                [&](const LawSource& l) { key.add(l.law->index()); }},
                                     g);
                        }},
             data_);
}

void SourceNode::add_placement(Key& key) const {
  if (const auto r = resident()) r->add_structure(key);
}

void SourceNode::add_own_values(Key& key) const {
  std::visit(overloaded{[&](const std::shared_ptr<const Store>& s) { key.add(s->info().identity); },
                        [&](const std::shared_ptr<const Resident>& r) { key.add(r->identity()); },
                        [&](const FillSource& f) { key.add(f.scalar.value); },
                        [&](const Generator& g) { add_values(key, g); }},
             data_);
}

bool SourceNode::has_same_data(const Node& other) const {
  const auto& o = static_cast<const SourceNode&>(other);
  if (const Store* s = store()) return o.store() != nullptr && s->has_same_elements(*o.store());
  return resident() == o.resident();
}

}  // namespace tessera

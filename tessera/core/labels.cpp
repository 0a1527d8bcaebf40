#include <tessera/core/labels.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include <tessera/core/graph/node.hpp>

namespace tessera {
namespace {

constexpr std::array<std::string_view, 10> packing = {"_FillValue",  "missing_value", "scale_factor", "add_offset",
                                                      "_Unsigned",   "dtype",         "valid_min",    "valid_max",
                                                      "valid_range", "actual_range"};
// Names of other variables, which do not come along.
constexpr std::array<std::string_view, 7> references = {
    "coordinates", "bounds", "cell_measures", "climatology", "ancillary_variables", "grid_mapping", "formula_terms"};

using Axis = AxisLabel;

/// Labels of one node: attributes by the store that has them.
struct NodeLabels {
  std::vector<Axis> axes;
  const Store* described = nullptr;
  const Store* in_file = nullptr;  // the first dataset whose file has attributes
  bool is_reduced = false;
};

/// The labels of an input as the consumer's index space sees them.
std::vector<Axis> seen_through(const IndexTransform& map, const std::vector<Axis>& input) {
  std::vector<Axis> axes(static_cast<std::size_t>(map.output_rank()));
  for (int j = 0; j < map.input_rank(); j++) {
    const IndexTransform::Axis& a = map.axis(j);
    if (a.from < 0) continue;
    Axis label = input[static_cast<std::size_t>(j)];
    if (label.origin) {
      label.origin->start += label.origin->step * a.offset;
      label.origin->step *= a.stride;
    }
    axes[static_cast<std::size_t>(a.from)] = std::move(label);
  }
  return axes;
}

/// What two inputs together say of an axis.
void merge(Axis& into, const Axis& other) {
  if (other.name.empty()) return;
  if (into.name.empty()) {
    into = other;
    return;
  }
  if (into.name != other.name) {
    into = {};
    return;
  }
  into.grows = into.grows || other.grows;
  if (!other.origin) return;
  if (!into.origin)
    into.origin = other.origin;
  else if (into.origin->start != other.origin->start || into.origin->step != other.origin->step)
    into.origin.reset();
}

NodeLabels of_source(const SourceNode& n) {
  NodeLabels labels{std::vector<Axis>(static_cast<std::size_t>(n.shape().size())), n.store(), n.store()};
  if (n.store() == nullptr) return labels;
  const auto& store = std::get<std::shared_ptr<const Store>>(n.data());
  const auto& names = store->info().dimensions;
  for (std::size_t i = 0; i < labels.axes.size() && i < names.size(); i++)
    labels.axes[i] = {names[i], Axis::Origin{store, static_cast<int>(i), 0, 1},
                      (store->info().unlimited >> i & 1u) != 0};
  if (store->info().attributes.empty()) labels.described = nullptr;
  if (store->info().file_attributes.empty()) labels.in_file = nullptr;
  return labels;
}

/// keepdims is a view that puts axes of length 1 where the reduced ones were.
void restore_names(const IndexTransform& view, const ReduceNode& reduce, const std::vector<Axis>& domain,
                   std::vector<Axis>& axes) {
  if (view.output_rank() != reduce.domain().rank()) return;
  int kept = 0;
  for (int i = 0; i < view.output_rank(); i++) {
    const bool reduced = (reduce.reduced() >> i & 1u) != 0;
    if (reduced ? view.output()[i] != 1 : view.axis(kept++).from != i) return;
  }
  for (int i = 0; i < view.output_rank(); i++)
    if (reduce.reduced() >> i & 1u) {
      const Axis& whole = domain[static_cast<std::size_t>(i)];
      axes[static_cast<std::size_t>(i)] = {whole.name, {}, whole.grows};
    }
}

class Walk {
 public:
  NodeLabels operator()(const NodePtr& root) {
    for (const auto& node : topological_order({root})) labels_[node.get()] = of(*node);
    return std::move(labels_[root.get()]);
  }

 private:
  NodeLabels of(const Node& n) {
    if (n.kind() == NodeKind::source) return of_source(as_source(n));
    NodeLabels labels = inputs_of(n);
    if (n.kind() == NodeKind::reduce) {
      const std::uint32_t reduced = as_reduce(n).reduced();
      domains_[&n] = labels.axes;
      std::vector<Axis> kept;
      for (std::size_t i = 0; i < labels.axes.size(); i++)
        if (!(reduced >> i & 1u)) kept.push_back(std::move(labels.axes[i]));
      labels.axes = std::move(kept);
      labels.is_reduced = true;
    } else if (n.kind() == NodeKind::view && n.shape().size() > n.inputs()[0].map.input_rank()) {
      // Views of views: each of them restores one axis.
      IndexTransform view = n.inputs()[0].map;
      const Node* below = n.inputs()[0].node.get();
      for (; below->kind() == NodeKind::view; below = below->inputs()[0].node.get())
        view = view.then(below->inputs()[0].map);
      if (below->kind() == NodeKind::reduce) restore_names(view, as_reduce(*below), domains_[below], labels.axes);
    }
    if (n.kind() == NodeKind::concat && !one_run(as_concat(n)))
      labels.axes[static_cast<std::size_t>(as_concat(n).axis())].origin.reset();
    labels.axes.resize(static_cast<std::size_t>(n.shape().size()));
    return labels;
  }

  /// True when the parts follow one another in one dataset, as x[:5] and x[5:] do.
  bool one_run(const ConcatNode& n) const {
    const std::optional<Axis::Origin>* first = nullptr;
    for (const auto& edge : n.inputs()) {
      const auto& origin = labels_.at(edge.node.get()).axes[static_cast<std::size_t>(n.axis())].origin;
      if (first == nullptr) first = &origin;
      if (!origin || origin->store->info().identity != (*first)->store->info().identity) return false;
    }
    return true;  // that each begins where the last one ended has been seen when they were merged
  }

  NodeLabels inputs_of(const Node& n) {
    NodeLabels labels;
    for (const auto& edge : n.inputs()) {
      const NodeLabels& input = labels_.at(edge.node.get());
      const std::vector<Axis> seen = seen_through(edge.map, input.axes);
      if (labels.axes.empty()) labels.axes.resize(seen.size());
      for (std::size_t i = 0; i < seen.size() && i < labels.axes.size(); i++) merge(labels.axes[i], seen[i]);
      if (labels.described == nullptr) labels.described = input.described;
      if (labels.in_file == nullptr) labels.in_file = input.in_file;
      labels.is_reduced = labels.is_reduced || input.is_reduced;
    }
    return labels;
  }

  std::unordered_map<const Node*, NodeLabels> labels_;
  std::unordered_map<const Node*, std::vector<Axis>> domains_;  // of reductions
};

}  // namespace

bool is_packing_attribute(const std::string& name) {
  return std::find(packing.begin(), packing.end(), name) != packing.end();
}

Labels labels_of(const Array& x) {
  NodeLabels found = Walk()(x.node());
  Labels labels{std::move(found.axes), {}, {}, {}};
  if (found.in_file != nullptr) labels.file_attributes = found.in_file->info().file_attributes;
  if (found.described == nullptr) return labels;
  for (const auto& a : found.described->info().attributes) {
    if (found.is_reduced && a.name == "cell_methods") continue;  // "time: point" is not true of a mean
    if (x.dtype() == DType::bool_ && found.described->info().dtype != DType::bool_ &&
        (a.name == "units" || a.name == "standard_name"))
      continue;  // whether it is warmer is no temperature
    if (is_packing_attribute(a.name))
      labels.packing.push_back(a);
    else if (std::find(references.begin(), references.end(), a.name) == references.end())
      labels.attributes.push_back(a);
  }
  return labels;
}

}  // namespace tessera

#include <tessera/core/labels.hpp>

#include <algorithm>
#include <map>
#include <unordered_map>

#include <tessera/core/axis_groups.hpp>
#include <tessera/core/axis_labels.hpp>
#include <tessera/core/element_inputs.hpp>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/meaning.hpp>

namespace tessera {
namespace {

using Axis = AxisLabel;
using Givers = std::shared_ptr<const std::vector<std::shared_ptr<const Store>>>;

struct NodeLabels {
  std::vector<Axis> axes;
  std::vector<Axis> scalars;
  Meaning meaning;
  const Store* in_file = nullptr;  // the first dataset whose file has attributes
  Givers givers = nullptr;         // null: none
  bool of_dataset = false;         // elements come from one
};

Givers together(const Givers& a, const Givers& b) {
  if (a == nullptr || b == nullptr || a == b) return a == nullptr ? b : a;
  auto all = std::make_shared<std::vector<std::shared_ptr<const Store>>>(*a);
  std::copy_if(b->begin(), b->end(), std::back_inserter(*all),
               [&](const auto& store) { return std::find(a->begin(), a->end(), store) == a->end(); });
  return all;
}

/// The labels of an input as the consumer's index space sees them.
std::vector<Axis> seen_through(const IndexTransform& map, const std::vector<Axis>& input) {
  std::vector<Axis> axes(static_cast<std::size_t>(map.output_rank()));
  for (int j = 0; j < map.input_rank(); j++) {
    const IndexTransform::Axis& a = map.axis(j);
    if (a.from < 0) continue;
    axes[a.from] = cut(input[j], a, map.output()[a.from]);
  }
  return axes;
}

/// Of a Stencil's input. An axis that becomes longer than its coordinates keeps its name.
std::vector<Axis> seen_around(const Edge& input, const std::vector<Axis>& of_input) {
  std::vector<Axis> axes(of_input.size());
  for (int i = 0; i < input.map.input_rank(); i++) {
    const IndexTransform::Axis& a = input.map.axis(i);
    const std::int64_t n = input.map.output()[i];
    if (a.offset >= 0 && a.offset + n <= input.node->shape()[i])
      axes[i] = cut(of_input[i], a, n);
    else
      axes[i].name = of_input[i].name;
  }
  return axes;
}

NodeLabels of_store(const std::shared_ptr<const Store>& store) {
  const StoreInfo& info = store->info();
  NodeLabels labels;
  labels.axes.resize(info.shape.size());
  for (std::size_t i = 0; i < labels.axes.size() && i < info.dimensions.size(); i++) {
    const int axis = static_cast<int>(i);
    labels.axes[i].name = info.dimensions[i];
    labels.axes[i].grows = (info.unlimited >> i & 1u) != 0;
    if (!info.dimensions[i].empty())
      labels.axes[i].origins = {
          std::make_shared<const Axis::Origin>(1, Axis::Run{store, axis, 0, 1, info.shape[axis]})};
  }
  labels.meaning = meaning_of(info);
  if (!info.file_attributes.empty() || !info.unread_file_attributes.empty()) labels.in_file = store.get();
  labels.of_dataset = true;
  if (std::any_of(info.attributes.begin(), info.attributes.end(), is_reference_attribute))
    labels.givers = std::make_shared<std::vector<std::shared_ptr<const Store>>>(1, store);
  return labels;
}

NodeLabels of_source(const SourceNode& n) {
  if (n.store() != nullptr) return of_store(std::get<std::shared_ptr<const Store>>(n.data()));
  return {std::vector<Axis>(static_cast<std::size_t>(n.shape().size())), {}, {nullptr, n.fill() != nullptr}};
}

/// Datasets that are one, each decoded by its own.
NodeLabels of_described(const ConcatNode& n) {
  NodeLabels labels = of_store(n.described());
  labels.meaning = meaning_of(Quantity::As::decoded, labels.meaning);
  return labels;
}

/// The elements that a view takes of the axes that it drops.
std::vector<Axis> dropped(const IndexTransform& view, const std::vector<Axis>& input) {
  std::vector<Axis> scalars;
  for (int j = 0; j < view.input_rank(); j++)
    if (const IndexTransform::Axis& a = view.axis(j); a.from < 0)
      if (auto one = element(input[j], a.offset)) scalars.push_back(std::move(*one));
  return scalars;
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
      const Axis& whole = domain[i];
      axes[i] = {.name = whole.name, .grows = whole.grows};
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
    if (n.kind() == NodeKind::concat && as_concat(n).described()) return of_described(as_concat(n));
    if (n.kind() == NodeKind::gather) return of_gather(as_gather(n));
    if (n.kind() == NodeKind::scatter) return of_scatter(as_scatter(n));
    if (n.kind() == NodeKind::compress) return of_compress(as_compress(n));
    if (n.kind() == NodeKind::contract) return of_contract(as_contract(n));
    if (n.kind() == NodeKind::group) return of_group(as_group(n));
    if (n.kind() == NodeKind::mask_count) {
      NodeLabels counts;
      counts.axes.resize(1);
      return counts;
    }
    NodeLabels labels = inputs_of(n);
    if (n.kind() == NodeKind::reduce) {
      const std::uint32_t reduced = as_reduce(n).reduced();
      domains_[&n] = labels.axes;
      std::vector<Axis> kept;
      for (std::size_t i = 0; i < labels.axes.size(); i++)
        if (!(reduced >> i & 1u)) kept.push_back(std::move(labels.axes[i]));
      labels.axes = std::move(kept);
    } else if (n.kind() == NodeKind::select) {
      const SelectNode& select = as_select(n);
      std::vector<Axis> kept(select.is_list() ? 1 : 0);
      for (std::size_t i = 0; i < labels.axes.size(); i++)
        if (!(select.folded() >> i & 1u)) kept.push_back(std::move(labels.axes[i]));
      labels.axes = std::move(kept);
    } else if (n.kind() == NodeKind::sort) {
      labels.axes[as_sort(n).axis()] = {};  // its coordinates were those of other elements
    } else if (n.kind() == NodeKind::view && n.shape().size() > n.inputs()[0].map.input_rank()) {
      // Views of views: each of them restores one axis.
      IndexTransform view = n.inputs()[0].map;
      const Node* below = n.inputs()[0].node.get();
      for (; below->kind() == NodeKind::view; below = below->inputs()[0].node.get())
        view = view.then(below->inputs()[0].map);
      if (below->kind() == NodeKind::reduce) restore_names(view, as_reduce(*below), domains_[below], labels.axes);
    }
    if (n.kind() == NodeKind::reshape) labels.axes = reshaped(as_reshape(n), std::move(labels.axes));
    if (n.kind() == NodeKind::chunk_call) labels.axes = made_of(as_chunk_call(n).call(), std::move(labels.axes));
    labels.axes.resize(n.shape().size());
    labels.meaning = meaning(n);
    return labels;
  }

  /// Axes that stay what they are keep their labels.
  static std::vector<Axis> reshaped(const ReshapeNode& n, std::vector<Axis> before) {
    std::vector<Axis> axes(static_cast<std::size_t>(n.shape().size()));
    for (const auto& g : axis_groups(n.from(), n.shape()))
      if (g.from.end == g.from.begin + 1 && g.to.end == g.to.begin + 1)
        axes[g.to.begin] = std::move(before[g.from.begin]);
    return axes;
  }

  NodeLabels of_scatter(const ScatterNode& n) {
    NodeLabels labels = labels_.at(n.base().node.get());
    labels.axes = seen_through(n.base().map, labels.axes);
    return labels;
  }

  /// The values give all; rows are along their first axis, without coordinates.
  NodeLabels of_compress(const CompressNode& n) {
    NodeLabels labels = labels_.at(n.inputs()[0].node.get());
    std::vector<Axis> axes = seen_through(n.inputs()[0].map, labels.axes);
    Axis rows;
    if (n.mask_axes() == 1) rows.name = axes[0].name;
    labels.axes.assign(1, std::move(rows));
    for (std::size_t i = static_cast<std::size_t>(n.mask_axes()); i < axes.size(); i++)
      labels.axes.push_back(std::move(axes[i]));
    return labels;
  }

  /// Rows are those of the first operand, columns those of the second; both have the stack.
  NodeLabels of_contract(const ContractNode& n) {
    const std::vector<Axis> a = seen_through(n.a().map, labels_.at(n.a().node.get()).axes);
    const std::vector<Axis> b = seen_through(n.b().map, labels_.at(n.b().node.get()).axes);
    NodeLabels labels;
    const std::size_t stack = a.size() - 2;
    for (std::size_t i = 0; i < stack; i++) {
      AxisMerge both;
      for (const auto* one : {&a, &b})
        if (n.inputs()[one == &b].map.output()[static_cast<int>(i)] == n.shape()[static_cast<int>(i)])
          both.add((*one)[i]);
      labels.axes.push_back(both.take());
    }
    labels.axes.push_back(a[stack]), labels.axes.push_back(b[stack + 1]);
    return labels;
  }

  /// The values give all, or what is counted; the axis of groups has no name.
  NodeLabels of_group(const GroupNode& n) {
    const Edge& given = n.inputs()[0];
    NodeLabels labels = labels_.at(given.node.get());
    std::vector<Axis> axes = seen_through(given.map, labels.axes);
    axes.resize(static_cast<std::size_t>(n.domain().rank()));
    labels.axes.clear();
    for (int i = 0; i < n.domain().rank(); i++) {
      if (i == group_axis(n.folded())) labels.axes.emplace_back();
      if (!(n.folded() >> i & 1u)) labels.axes.push_back(std::move(axes[static_cast<std::size_t>(i)]));
    }
    labels.meaning = meaning(n);
    return labels;
  }

  /// What is indexed gives all. An axis along which indices are picked keeps its name, not its coordinates.
  NodeLabels of_gather(const GatherNode& n) {
    NodeLabels labels = labels_.at(n.source().node.get());
    const std::vector<Axis> source = seen_through(n.source().map, labels.axes);
    labels.axes.assign(static_cast<std::size_t>(n.shape().size()), {});
    std::vector<int> picked(labels.axes.size());
    for (std::size_t j = 0; j < source.size(); j++) {
      const GatherNode::Axis& a = n.axes()[j];
      if (a.index < 0) {
        if (a.seen.from >= 0) labels.axes[a.seen.from] = cut(source[j], a.seen, n.shape()[a.seen.from]);
        continue;
      }
      int along = -1, used = 0;
      for (const auto& of : n.indices()[static_cast<std::size_t>(a.index)].map.axes())
        if (of.from >= 0) along = of.from, used++;
      if (used != 1) continue;
      Axis& axis = labels.axes[along];
      axis = {};
      if (picked[along]++ == 0) axis.name = source[j].name;
    }
    return labels;
  }

  NodeLabels inputs_of(const Node& n) {
    NodeLabels labels;
    const int along = n.kind() == NodeKind::concat ? as_concat(n).axis() : -1;
    std::vector<const Axis*> parts;
    std::vector<AxisMerge> axes;
    std::map<std::string, AxisMerge> scalars;
    const std::vector<bool> gives = giving(n);
    for (std::size_t k = 0; k < n.inputs().size(); k++) {
      const Edge& edge = n.inputs()[k];
      const NodeLabels& input = labels_.at(edge.node.get());
      std::vector<Axis> seen = along >= 0                      ? input.axes
                               : n.kind() == NodeKind::stencil ? seen_around(edge, input.axes)
                                                               : seen_through(edge.map, input.axes);
      if (along >= 0) {
        parts.push_back(&input.axes[along]);
        seen[along].origins.clear();
      }
      axes.resize(std::max(axes.size(), seen.size()));
      for (std::size_t i = 0; i < seen.size(); i++) axes[i].add(seen[i]);
      if (gives[k]) {
        for (const auto& one : giving_input(n, input).scalars) scalars[one.name].add(one);
        labels.givers = together(labels.givers, giving_input(n, input).givers);
        labels.of_dataset = labels.of_dataset || input.of_dataset;
      }
      if (n.kind() == NodeKind::view)
        for (const auto& one : dropped(edge.map, input.axes)) scalars[one.name].add(one);
      if (labels.in_file == nullptr) labels.in_file = input.in_file;
    }
    for (auto& axis : axes) labels.axes.push_back(axis.take());
    if (along >= 0)
      if (Axis& axis = labels.axes[along]; !axis.contested) axis.origins = joined(parts);
    for (auto& [name, merged] : scalars) {
      const bool is_axis = std::any_of(labels.axes.begin(), labels.axes.end(),
                                       [&name = name](const Axis& axis) { return axis.name == name; });
      if (!is_axis) labels.scalars.push_back(merged.take());
    }
    return labels;
  }

  /// The inputs that give elements.
  std::vector<bool> giving(const Node& n) const {
    const Program* program = n.kind() == NodeKind::reduce   ? &as_reduce(n).program()
                             : n.kind() == NodeKind::scan   ? &as_scan(n).program()
                             : n.kind() == NodeKind::select ? &as_select(n).program()
                             : n.kind() == NodeKind::map    ? &as_map(n).program()
                                                            : nullptr;
    if (program == nullptr) return std::vector<bool>(n.inputs().size(), true);
    std::vector<bool> of_dataset;
    for (const auto& edge : n.inputs()) of_dataset.push_back(labels_.at(edge.node.get()).of_dataset);
    return element_inputs(*program, of_dataset);
  }
  /// What has the quantity of another has its coordinates: of a weighted mean those of the data.
  const NodeLabels& giving_input(const Node& n, const NodeLabels& input) const {
    return n.kind() == NodeKind::quantity ? labels_.at(as_quantity(n).quantity().of.get()) : input;
  }

  Meaning meaning(const Node& n) const {
    std::vector<Meaning> inputs;
    for (const auto& edge : n.inputs()) inputs.push_back(labels_.at(edge.node.get()).meaning);
    switch (n.kind()) {
      case NodeKind::map:
        return meaning_of(as_map(n).program(), as_map(n).scalars(), inputs);
      case NodeKind::reduce: {
        const ReduceNode& r = as_reduce(n);
        return meaning_of(r.fold(), r.epilogue(), meaning_of(r.program(), r.scalars(), inputs));
      }
      case NodeKind::scan: {
        const ScanNode& s = as_scan(n);
        const bool same = s.scan().kind != ScanKind::sum && s.scan().kind != ScanKind::prod;
        return same ? meaning_of(s.program(), s.scalars(), inputs) : Meaning();
      }
      case NodeKind::select:
        return meaning_of(as_select(n).program(), as_select(n).scalars(), inputs);
      case NodeKind::stencil: {  // weights may make another quantity of it
        const Stencil& s = *as_stencil(n).stencil();
        return s.keeps_quantity() ? inputs[0] : Meaning();
      }
      case NodeKind::call:  // nobody knows what they make
      case NodeKind::chunk_call:
      case NodeKind::search:
      case NodeKind::contract:  // products have other units
        return {};
      case NodeKind::group: {
        const GroupNode& g = as_group(n);
        return g.grouping().has_values ? meaning_of(g.fold(), g.epilogue(), inputs[0]) : Meaning();
      }
      case NodeKind::sort:
        return as_sort(n).sort().indices ? Meaning() : inputs[0];
      case NodeKind::concat:
        for (std::size_t i = 1; i < inputs.size(); i++) inputs[0] = agreed(inputs[0], inputs[i]);
        return inputs[0];
      case NodeKind::quantity: {
        const Quantity& q = as_quantity(n).quantity();
        return meaning_of(q.as, labels_.at(q.of.get()).meaning);
      }
      case NodeKind::keep:
      case NodeKind::view:
      case NodeKind::source:
      case NodeKind::redistribute:
      case NodeKind::reshape:
      case NodeKind::compress:
      case NodeKind::scatter:  // what is scattered into
      case NodeKind::mask_count:
      case NodeKind::gather:  // what is indexed
        break;
    }
    return inputs[0];
  }

  std::unordered_map<const Node*, NodeLabels> labels_;
  std::unordered_map<const Node*, std::vector<Axis>> domains_;  // of reductions
};

}  // namespace

Labels labels_of(const Array& x) {
  NodeLabels found = Walk()(x.node());
  Labels labels{std::move(found.axes)};
  for (auto& one : found.scalars)
    if (!one.contested) labels.scalars.push_back(std::move(one));
  if (found.givers) labels.givers = *found.givers;
  if (found.meaning.left_out) labels.left_out = *found.meaning.left_out;
  if (found.in_file != nullptr) {
    const StoreInfo& info = found.in_file->info();
    for (const auto& a : info.unread_file_attributes)
      if (a.too_large)
        labels.left_out.push_back({info.name.substr(0, info.name.rfind(":/")) + ":" + a.name, a.holds, true});
    for (const auto& a : info.file_attributes)  // names of variables that stay behind
      if (a.name != "coordinates" && a.name != "external_variables") labels.file_attributes.push_back(a);
  }
  labels.as_read = found.meaning.as_read;
  if (!found.meaning.attributes) return labels;
  for (const auto& a : *found.meaning.attributes)
    (is_packing_attribute(a.name) ? labels.packing
     : is_reference_attribute(a)  ? labels.references
                                  : labels.attributes)
        .push_back(a);
  return labels;
}

}  // namespace tessera

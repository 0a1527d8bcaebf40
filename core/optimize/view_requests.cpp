#include <tessera/core/optimize/view_requests.hpp>

#include <tessera/core/hash.hpp>
#include <tessera/core/optimize/concat_views.hpp>

namespace tessera {

std::size_t ViewRequestHash::operator()(const ViewRequest& r) const {
  Hash h;
  h.add(reinterpret_cast<std::uintptr_t>(r.node.get()));
  for (auto e : r.transform.output()) h.add(e);
  for (const auto& a : r.transform.axes()) h.add(a.from).add(a.offset).add(a.stride);
  return h.value();
}

SplitTransform split(const IndexTransform& t) {
  Dims compact_axis = Dims::filled(t.output_rank(), -1);
  Shape compact;
  std::vector<IndexTransform::Axis> broadcast;
  for (int i = 0; i < t.output_rank(); i++) {
    bool used = false;
    for (const auto& a : t.axes()) used = used || a.from == i;
    if (!used) continue;
    compact_axis[i] = compact.size();
    broadcast.push_back({i, 0, 1});
    compact.push_back(t.output()[i]);
  }
  std::vector<IndexTransform::Axis> slice;
  for (auto a : t.axes()) {
    if (a.from >= 0) a.from = static_cast<int>(compact_axis[a.from]);
    slice.push_back(a);
  }
  return {{t.output(), std::move(broadcast)}, {compact, std::move(slice)}};
}

std::optional<DomainSlice> slice_domain(const ReduceNode& r, const IndexTransform& slice) {
  Shape domain, result;
  std::vector<IndexTransform::Axis> axes, result_axes;
  int kept = 0, next = 0;
  for (int i = 0; i < r.domain().rank(); i++) {
    const std::int64_t n = r.domain().axis(i).extent();
    if (r.reduced() >> i & 1u) {
      axes.push_back({domain.size(), 0, 1});
      domain.push_back(n);
      continue;
    }
    const auto& a = slice.axis(kept++);
    if (a.from < 0) {
      axes.push_back({domain.size(), a.offset, 1});
      domain.push_back(1);
      result_axes.push_back({-1, 0, 0});
      result.push_back(1);
    } else {
      if (a.from != next++) return std::nullopt;
      axes.push_back({domain.size(), a.offset, a.stride});
      domain.push_back(slice.output()[a.from]);
      result_axes.push_back({a.from, 0, 1});
      result.push_back(slice.output()[a.from]);
    }
  }
  return DomainSlice{{domain, std::move(axes)}, {slice.output(), std::move(result_axes)}};
}

IndexTransform passed(const ViewRequest& r) {
  const Node& n = *r.node;
  if (n.kind() == NodeKind::map) return split(r.transform).slice;
  const auto& reduce = as_reduce(n);
  const IndexTransform slice = split(r.transform).slice;
  if (!slice.is_identity(n.shape()))
    if (auto d = slice_domain(reduce, slice)) return d->domain;
  return IndexTransform::identity(reduce.domain().shape());
}

std::vector<ViewRequest> requests_below(const ViewRequest& r) {
  std::vector<ViewRequest> below;
  if (r.node->kind() == NodeKind::source) return below;
  if (r.node->kind() == NodeKind::view) return {{r.node->inputs()[0].node, r.transform.then(r.node->inputs()[0].map)}};
  if (r.node->kind() == NodeKind::concat) {
    const auto& c = as_concat(*r.node);
    for (auto& v : views_of_parts(c, split(r.transform).slice))
      below.push_back({c.inputs()[v.part].node, std::move(v.transform)});
    return below;
  }
  const IndexTransform t = passed(r);
  for (const auto& e : r.node->inputs()) below.push_back({e.node, t.then(e.map)});
  return below;
}

}  // namespace tessera

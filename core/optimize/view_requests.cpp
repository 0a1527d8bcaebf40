#include <tessera/core/optimize/view_requests.hpp>

#include <algorithm>
#include <cstdlib>

#include <tessera/core/hash.hpp>
#include <tessera/core/optimize/concat_views.hpp>

namespace tessera {

std::uint64_t hash_of(const IndexTransform& t) {
  Hash h;
  for (auto e : t.output()) h.add(e);
  for (const auto& a : t.axes()) h.add(a.from).add(a.offset).add(a.stride);
  return h.value();
}

std::size_t ViewRequestHash::operator()(const ViewRequest& r) const {
  return Hash().add(reinterpret_cast<std::uintptr_t>(r.node.get())).add(hash_of(r.transform)).value();
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

IndexTransform slice_of(const Box& box) {
  std::vector<IndexTransform::Axis> axes;
  for (int i = 0; i < box.rank(); i++) axes.push_back({i, box.lo[i], 1});
  return {box.extent, std::move(axes)};
}

IndexTransform within(const IndexTransform& t, const Box& box) {
  std::vector<IndexTransform::Axis> axes = t.axes();
  for (int i = 0; i < box.rank(); i++) axes[static_cast<std::size_t>(i)].offset -= box.lo[i];
  return {t.output(), std::move(axes)};
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

namespace {

// The domain is whole along `whole`, where it has `length`.
DomainSlice slice_others(const IndexTransform& slice, int whole, std::int64_t length) {
  Shape domain;
  std::vector<IndexTransform::Axis> axes, result_axes;
  for (int i = 0; i < slice.input_rank(); i++) {
    const auto& a = slice.axis(i);
    if (i == whole) {
      axes.push_back({i, 0, 1});
      domain.push_back(length);
      result_axes.push_back(a);
    } else {
      axes.push_back({i, a.offset, a.from < 0 ? 1 : a.stride});
      domain.push_back(a.from < 0 ? 1 : slice.output()[a.from]);
      result_axes.push_back(a.from < 0 ? IndexTransform::Axis{-1, 0, 0} : IndexTransform::Axis{a.from, 0, 1});
    }
  }
  return {{domain, std::move(axes)}, {slice.output(), std::move(result_axes)}};
}

}  // namespace

DomainSlice slice_domain(const ScanNode& n, const IndexTransform& slice) {
  return slice_others(slice, n.axis(), n.shape()[n.axis()]);
}

DomainSlice slice_domain(const SortNode& n, const IndexTransform& slice) {
  return slice_others(slice, n.axis(), n.domain().axis(n.axis()).extent());
}

DomainSlice slice_domain(const SelectNode& n, const IndexTransform& slice) {
  Shape domain;
  std::vector<IndexTransform::Axis> axes, result_axes;
  int axis = 0;
  if (n.is_list()) result_axes.push_back(slice.axis(axis++));
  for (int i = 0; i < n.domain().rank(); i++) {
    if (n.folded() >> i & 1u) {
      axes.push_back({i, 0, 1});
      domain.push_back(n.domain().axis(i).extent());
      continue;
    }
    const auto& a = slice.axis(axis++);
    axes.push_back({i, a.offset, a.from < 0 ? 1 : a.stride});
    domain.push_back(a.from < 0 ? 1 : slice.output()[a.from]);
    result_axes.push_back(a.from < 0 ? IndexTransform::Axis{-1, 0, 0} : IndexTransform::Axis{a.from, 0, 1});
  }
  return {{domain, std::move(axes)}, {slice.output(), std::move(result_axes)}};
}

DomainSlice slice_domain(const StencilNode& n, const IndexTransform& slice) {
  Shape domain;
  std::vector<IndexTransform::Axis> axes, result_axes;
  for (int i = 0; i < slice.input_rank(); i++) {
    const IndexTransform::Axis& a = slice.axis(i);
    const std::int64_t n_out = a.from < 0 ? 1 : slice.output()[a.from];
    const std::int64_t steps = a.from < 0 || n_out == 0 ? 0 : a.stride * (n_out - 1);
    if (n.stencil()->reaches(i) && a.stride != 1) {  // from the first to the last, without steps
      const std::int64_t first = a.offset + std::min<std::int64_t>(0, steps);
      axes.push_back({i, first, 1});
      domain.push_back(n_out == 0 ? 0 : std::abs(steps) + 1);
      result_axes.push_back({a.from, a.offset - first, a.from < 0 ? 0 : a.stride});
    } else {
      axes.push_back({i, a.offset, a.from < 0 ? 1 : a.stride});
      domain.push_back(n_out);
      result_axes.push_back(a.from < 0 ? IndexTransform::Axis{-1, 0, 0} : IndexTransform::Axis{a.from, 0, 1});
    }
  }
  return {{domain, std::move(axes)}, {slice.output(), std::move(result_axes)}};
}

IndexTransform passed(const StencilNode& n, const IndexTransform& domain) {
  Shape shape = domain.output();
  std::vector<IndexTransform::Axis> axes = domain.axes();
  for (int i = 0; i < shape.size(); i++) {
    if (!n.stencil()->reaches(i)) continue;
    const std::int64_t first = axes[i].offset, begin = n.source().lo[i], end = begin + n.source().extent[i];
    const std::int64_t lo = std::max(first - n.stencil()->halo_before(i), begin);
    shape[i] = shape[i] == 0
                   ? 0
                   : std::max<std::int64_t>(0, std::min(first + shape[i] + n.stencil()->halo_after(i), end) - lo);
    axes[i].offset = lo;
  }
  return {shape, std::move(axes)};
}

IndexTransform passed(const MapNode&, const IndexTransform& transform) { return split(transform).slice; }

IndexTransform passed(const ReduceNode& n, const IndexTransform& transform) {
  const IndexTransform slice = split(transform).slice;
  if (!slice.is_identity(n.shape()))
    if (auto d = slice_domain(n, slice)) return d->domain;
  return IndexTransform::identity(n.domain().shape());
}

IndexTransform passed(const ScanNode& n, const IndexTransform& transform) {
  return slice_domain(n, split(transform).slice).domain;
}

IndexTransform passed(const SortNode& n, const IndexTransform& transform) {
  return slice_domain(n, split(transform).slice).domain;
}

IndexTransform passed(const SelectNode& n, const IndexTransform& transform) {
  return slice_domain(n, split(transform).slice).domain;
}

IndexTransform passed(const RedistributeNode& n, const IndexTransform& transform) {
  const IndexTransform slice = split(transform).slice;
  std::uint32_t seen = 0;
  for (const auto& a : slice.axes()) {
    if (a.from < 0) continue;
    if (seen >> a.from & 1u) return IndexTransform::identity(n.shape());
    seen |= 1u << a.from;
  }
  return slice;
}

IndexTransform passed(const GatherNode& n, const IndexTransform& transform) {
  const IndexTransform slice = split(transform).slice;
  int last = -1;
  for (const auto& a : slice.axes()) {
    if (a.from < 0) continue;
    if (a.from < last) return IndexTransform::identity(n.shape());
    last = a.from;
  }
  return slice;
}

std::vector<ViewRequest> requests_below(const ViewRequest& r) {
  const auto under = [&](const IndexTransform& t) {
    std::vector<ViewRequest> below;
    for (const auto& e : r.node->inputs()) below.push_back({e.node, t.then(e.map)});
    return below;
  };
  const auto whole = [](const Node& n) {
    std::vector<ViewRequest> below;
    for (const auto& e : n.inputs()) below.push_back({e.node, e.map});
    return below;
  };
  return visit_node(
      *r.node,
      overloaded{
          [](const SourceNode&) { return std::vector<ViewRequest>(); },
          [&](const ViewNode&) { return under(r.transform); },
          [&](const QuantityNode&) { return under(r.transform); },
          [&](const KeepNode&) { return under(r.transform); },
          [&](const RedistributeNode& n) { return under(passed(n, r.transform)); },
          [&](const ReshapeNode& n) { return under(IndexTransform::identity(n.from())); },
          [&](const MapNode& n) { return under(passed(n, r.transform)); },
          [&](const CallNode&) { return under(split(r.transform).slice); },
          [&](const ChunkCallNode& n) {  // what it sees lies beyond the domain, too
            std::vector<ViewRequest> below;
            for (const auto& e : n.inputs()) below.push_back({e.node, IndexTransform::identity(e.node->shape())});
            return below;
          },
          [&](const ReduceNode& n) { return under(passed(n, r.transform)); },
          [&](const ScanNode& n) { return under(passed(n, r.transform)); },
          [&](const SelectNode& n) { return under(passed(n, r.transform)); },
          [&](const SortNode& n) { return under(passed(n, r.transform)); },
          [&](const StencilNode& n) { return under(passed(n, slice_domain(n, split(r.transform).slice).domain)); },
          [&](const SearchNode& n) {  // the sorted array whole
            return std::vector<ViewRequest>{{n.values().node, split(r.transform).slice.then(n.values().map)},
                                            {n.sorted().node, n.sorted().map}};
          },
          [&](const MaskCountNode& n) { return under(IndexTransform::identity(n.domain().shape())); },
          [&](const CompressNode& n) { return under(IndexTransform::identity(n.domain().shape())); },
          [&](const GroupNode& n) {
            std::vector<ViewRequest> below;
            for (const auto& e : n.inputs()) below.push_back({e.node, e.map});
            return below;
          },
          [&](const ScatterNode& n) { return whole(n); },
          [&](const ContractNode& n) {
            const Box part = n.part_around(r.transform.map(Box::whole(r.transform.output())));
            std::vector<ViewRequest> below;
            for (std::size_t k = 0; k < n.inputs().size(); k++)
              below.push_back({n.inputs()[k].node, slice_of(n.operand_box(k, part)).then(n.inputs()[k].map)});
            return below;
          },
          [&](const GatherNode& n) {  // what is indexed, whole
            std::vector<ViewRequest> below{{n.source().node, n.source().map}};
            const IndexTransform slice = passed(n, r.transform);
            for (const auto& e : n.indices()) below.push_back({e.node, slice.then(e.map)});
            return below;
          },
          [&](const ConcatNode& n) {
            std::vector<ViewRequest> below;
            for (auto& v : views_of_parts(n, split(r.transform).slice))
              below.push_back({n.inputs()[v.part].node, std::move(v.transform)});
            return below;
          }});
}

}  // namespace tessera

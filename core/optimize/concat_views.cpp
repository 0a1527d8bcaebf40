#include <tessera/core/optimize/concat_views.hpp>

#include <algorithm>

namespace tessera {
namespace {

/// Concats of Concats grow part by part; beyond this many they nest, so that a chain of n costs n steps and not n^2.
constexpr std::size_t most_merged_parts = 256;

// The indices [begin, end) of [0, count) for which offset + stride * index lies in [low, high).
std::pair<std::int64_t, std::int64_t> indices_within(const IndexTransform::Axis& a, std::int64_t count,
                                                     std::int64_t low, std::int64_t high) {
  if (a.stride < 0) {
    const auto [begin, end] = indices_within({a.from, -a.offset, -a.stride}, count, 1 - high, 1 - low);
    return {begin, end};
  }
  const auto first_at = [&](std::int64_t bound) {  // the first index at or beyond the bound
    return bound <= a.offset ? 0 : std::min(count, (bound - a.offset - 1) / a.stride + 1);
  };
  return {first_at(low), first_at(high)};
}

IndexTransform shifted(const Shape& output, const Shape& local, int axis, std::int64_t by) {
  std::vector<IndexTransform::Axis> axes = IndexTransform::identity(local).axes();
  axes[axis].offset = by;
  return {output, std::move(axes)};
}

Shape with_length(Shape shape, int axis, std::int64_t length) {
  shape[axis] = length;
  return shape;
}

}  // namespace

std::vector<PartView> views_of_parts(const ConcatNode& concat, const IndexTransform& slice) {
  const auto& starts = concat.starts();
  const auto& a = slice.axis(concat.axis());
  const auto part_of = [&](std::int64_t index) {
    return static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), index) - starts.begin()) - 1;
  };
  const std::int64_t count = a.from < 0 ? 1 : slice.output()[a.from];
  if (count == 0) return {{0, 0, 0, slice.then(concat.inputs()[0].map)}};
  const std::size_t first = part_of(a.offset), last = part_of(a.offset + a.stride * (count - 1));
  if (first == last) return {{first, 0, count, slice.then(concat.inputs()[first].map)}};

  std::vector<PartView> views;
  const int axis = a.from;
  for (std::size_t part = first; true; part = first < last ? part + 1 : part - 1) {
    const auto [begin, end] = indices_within(a, count, starts[part], starts[part + 1]);
    if (begin < end) {
      const Shape local = with_length(slice.output(), axis, end - begin);
      views.push_back(
          {part, begin, end, shifted(local, slice.output(), axis, begin).then(slice).then(concat.inputs()[part].map)});
    }
    if (part == last) return views;
  }
}

NodePtr concat_of(const ConcatNode& concat, const IndexTransform& slice, const std::vector<PartView>& views,
                  std::vector<Edge> parts) {
  const int axis = slice.axis(concat.axis()).from;
  std::vector<std::int64_t> starts{0};
  std::vector<Edge> edges;
  for (std::size_t k = 0; k < views.size(); k++) {
    const Shape local = with_length(slice.output(), axis, views[k].end - views[k].begin);
    const IndexTransform to_part = shifted(slice.output(), local, axis, -views[k].begin).then(parts[k].map);
    const Node& node = *parts[k].node;
    if (node.kind() == NodeKind::concat) {
      const auto& inner = as_concat(node);
      if (parts[k].map.axis(inner.axis()) == IndexTransform::Axis{axis, 0, 1} &&
          edges.size() + inner.inputs().size() <= most_merged_parts) {
        for (std::size_t j = 0; j < inner.inputs().size(); j++) {
          edges.push_back({inner.inputs()[j].node, to_part.then(inner.inputs()[j].map)});
          starts.push_back(views[k].begin + inner.starts()[j + 1]);
        }
        continue;
      }
    }
    edges.push_back({parts[k].node, to_part});
    starts.push_back(views[k].end);
  }
  return std::make_shared<ConcatNode>(concat.dtype(), slice.map_grid(concat.grid()), axis, std::move(starts),
                                      std::move(edges));
}

}  // namespace tessera

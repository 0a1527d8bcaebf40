#include <tessera/core/ops/group_builder.hpp>

#include <tessera/core/device/host_groups.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/reshape.hpp>

namespace tessera::groups {
namespace {

Edge edge(const Seen& s) { return {s.array.node(), s.map}; }

std::int64_t checked_groups(std::int64_t groups) {
  if (groups < 0 || groups > most_groups)
    throw ValueError("groups: " + std::to_string(groups) + " groups; there may be 0 to " + std::to_string(most_groups));
  return groups;
}

Array grouped(std::vector<Edge> elements, std::vector<Edge> edges, const ChunkGrid& domain, std::uint32_t folded,
              Grouping grouping, const std::optional<Folded>& what) {
  Fold fold{Combiner::sum, DType::int64, nullptr};
  Epilogue epilogue = reductions::as_it_is(DType::int64);
  grouping.has_values = what.has_value();
  if (what) {
    fold = what->fold;
    epilogue = what->epilogue;
    grouping.skips_nan = what->skips_nan;
    elements.insert(elements.begin(), edge(what->values));
    if (!is_grouped(fold)) throw InternalError("groups: no states of " + to_string(fold));
  }
  elements.insert(elements.end(), edges.begin(), edges.end());
  return Array(std::make_shared<GroupNode>(std::move(elements), domain, folded, std::move(grouping), std::move(fold),
                                           std::move(epilogue)));
}

}  // namespace

Seen as_it_is(const Array& x) { return {x, IndexTransform::identity(x.shape())}; }

Array by_labels(const Seen& labels, std::int64_t least_label, std::int64_t groups, const ChunkGrid& domain,
                std::uint32_t folded, const std::optional<Folded>& what) {
  if (groups == 0)
    return zeros(with_groups(domain.shape(), folded, 0),
                 {.dtype = what ? what->epilogue.program.type(what->epilogue.program.outputs[0]) : DType::int64});
  Seen integers = labels;
  if (labels.array.dtype() != DType::int32) integers.array = astype(labels.array, DType::int64);
  Grouping grouping;
  grouping.groups = checked_groups(groups);
  grouping.least_label = least_label;
  return grouped({edge(integers)}, {}, domain, folded, std::move(grouping), what);
}

Array by_bins(const std::vector<Array>& coordinates, const std::vector<Array>& edges, bool finite,
              const std::optional<Folded>& what) {
  Grouping grouping;
  Amount all = 1;
  Shape shape;
  std::vector<Edge> elements, tables;
  for (std::size_t k = 0; k < edges.size(); k++) {
    const std::int64_t bins = edges[k].size() - 1;
    grouping.bins.push_back(bins);
    all *= bins;
    shape.push_back(bins);
    elements.push_back(edge(as_it_is(coordinates[k])));
    tables.push_back(edge(as_it_is(edges[k])));
  }
  grouping.groups = checked_groups(all.value());
  grouping.finite = finite;
  const ChunkGrid& domain = what ? what->values.array.chunks() : coordinates[0].chunks();
  const std::uint32_t folded = (1u << domain.rank()) - 1;
  const Array line = grouped(std::move(elements), std::move(tables), domain, folded, std::move(grouping), what);
  return edges.size() == 1 ? line : reshape(line, shape);
}

Array real_coordinates(const Array& x, const char* name) {
  if (is_complex(x.dtype()))
    throw DTypeError(std::string(name) + ": complex numbers have no order; take abs, real or imag of them");
  return x.dtype() == DType::float32 ? x : astype(x, DType::float64);
}

}  // namespace tessera::groups

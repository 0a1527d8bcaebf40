#include <tessera/core/ops/assign.hpp>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/gather_builder.hpp>

namespace tessera {
namespace {

constexpr std::int64_t assigned_chunk_bytes = 4 << 20;

Array array_of(const Operand& values, DType type) {
  return values.array() ? astype(*values.array(), type) : full({}, *values.scalar(), type);
}

// The axes of x in what `taken`, made of views and a Gather of x, has taken of it.
struct Taken {
  std::vector<GatherNode::Axis> axes;
  std::vector<std::int64_t> extents;  // that index arrays must lie within
  std::vector<Edge> indices;
  std::vector<IndexTransform> places;
};

Taken taken_of(const Array& x, const Array& taken) {
  Taken t;
  const Node* n = taken.node().get();
  const GatherNode* gather = n->kind() == NodeKind::gather ? &as_gather(*n) : nullptr;
  IndexTransform map = gather ? gather->source().map : IndexTransform::identity(taken.shape());
  for (n = gather ? gather->source().node.get() : n; n != x.node().get(); n = n->inputs()[0].node.get())
    map = map.then(n->inputs()[0].map);
  if (gather) {
    t.indices.assign(gather->indices().begin(), gather->indices().end());
    t.places = gather->places();
    t.extents.resize(t.indices.size());
    for (std::size_t j = 0; j < gather->axes().size(); j++)
      if (const int k = gather->axes()[j].index; k >= 0)
        t.extents[static_cast<std::size_t>(k)] = gather->source().map.output()[static_cast<int>(j)];
  }
  for (const auto& a : map.axes()) {
    GatherNode::Axis axis{-1, a};
    if (gather && a.from >= 0) {
      axis = gather->axes()[static_cast<std::size_t>(a.from)];
      axis.seen = axis.index >= 0 ? IndexTransform::Axis{-1, a.offset, a.stride}
                                  : IndexTransform::Axis{axis.seen.from, a.offset + a.stride * axis.seen.offset,
                                                         a.stride * axis.seen.stride};
    }
    t.axes.push_back(axis);
  }
  return t;
}

Array scattered(const Array& x, const Array& taken, const Operand& values, const std::string& operation) {
  if (num_elements(x.shape()) > most_gathered_from)
    throw ShapeError(operation + ": an array of shape " + to_string(x.shape()) + " has more than 2^47 elements");
  const Array v = array_of(values, x.dtype());
  const Shape& shape = taken.shape();
  if (!(broadcast_shapes(v.shape(), shape, operation.c_str()) == shape))
    throw ShapeError(operation + ": values of shape " + to_string(v.shape()) + " for elements of shape " +
                     to_string(shape));
  if (taken.node() == x.node() && v.shape() == shape) return v;
  Taken t = taken_of(x, taken);
  return Array(std::make_shared<ScatterNode>(
      Edge{x.node(), IndexTransform::identity(x.shape())}, Edge{v.node(), IndexTransform::broadcast(v.shape(), shape)},
      t.indices, std::move(t.axes), std::move(t.extents), std::move(t.places),
      auto_chunks(shape, item_size(x.dtype()), assigned_chunk_bytes), x.chunks()));
}

}  // namespace

Array assign(const Array& x, const std::vector<ArrayIndex>& items, const Operand& values) {
  for (const auto& i : items)
    if (i.basic() && std::holds_alternative<NewAxis>(i.basic()->value()))
      throw UsageError("assign: newaxis adds no element; leave it out");
  return scattered(x, index(x, items), values, "assign");
}

Array put(const Array& x, const Array& indices, const Operand& values) {
  return scattered(x, take(x, indices), values, "put");
}

Array put_along_axis(const Array& x, const Array& indices, const Operand& values, std::int64_t axis) {
  return scattered(x, take_along_axis(x, indices, axis), values, "put_along_axis");
}

}  // namespace tessera

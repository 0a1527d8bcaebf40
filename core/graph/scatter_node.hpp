#pragma once
// Scatter: the first input with some elements replaced by those of the second, at indices that the others give as those of a
// Gather: where it takes x[idx, :, j], this is x after x[idx, :, j] = values. Of several values for one element the last in
// row-major order stays.
#include <tessera/core/graph/gather_node.hpp>

namespace tessera {

class TESSERA_API ScatterNode final : public Node {
 public:
  /// base: from its shape, which is the result's. values, and indices of int64 arrays: from the shape of `domain`, the
  /// chunks of which follow one another in row-major order. axes: one of each axis of the base; where an index array i gives
  /// its index, that is seen.offset + seen.stride * i. extents: what the elements of each index array must lie within.
  /// places: as of a Gather.
  ScatterNode(const Edge& base, Edge values, const std::vector<Edge>& indices, std::vector<GatherNode::Axis> axes,
              std::vector<std::int64_t> extents, std::vector<IndexTransform> places, ChunkGrid domain, ChunkGrid grid);
  const Edge& base() const { return inputs()[0]; }
  const Edge& values() const { return inputs()[1]; }
  std::span<const Edge> indices() const { return std::span(inputs()).subspan(2); }
  const std::vector<GatherNode::Axis>& axes() const { return axes_; }
  const std::vector<std::int64_t>& extents() const { return extents_; }
  const std::vector<IndexTransform>& places() const { return places_; }
  const ChunkGrid& domain() const { return domain_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  std::vector<GatherNode::Axis> axes_;
  std::vector<std::int64_t> extents_;
  std::vector<IndexTransform> places_;
  ChunkGrid domain_;
};

}  // namespace tessera

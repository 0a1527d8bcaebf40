#pragma once
// Reshape: the elements of its input in row-major order under another shape, in memory before others read it. The edge
// leads from the shape before, and may see a part of the input in another order.
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API ReshapeNode final : public Node {
 public:
  /// input: its map's output is the shape before, of as many elements as `grid` has.
  ReshapeNode(Edge input, ChunkGrid grid);
  /// The shape before.
  const Shape& from() const { return inputs()[0].map.output(); }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }
};

}  // namespace tessera

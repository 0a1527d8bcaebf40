#pragma once
// Redistribute: its input in other chunks, in memory before others read it. The edge may see a part of the input in
// another order (a slice, a transposition), but no element twice.
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API RedistributeNode final : public Node {
 public:
  /// input: from the shape of `grid`.
  RedistributeNode(Edge input, ChunkGrid grid);

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }
};

}  // namespace tessera

#pragma once
// View: one index transform of its input. No elements of its own.
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API ViewNode final : public Node {
 public:
  ViewNode(NodePtr input, IndexTransform transform);
  NodePtr with_inputs(std::vector<Edge> inputs) const override;
};

}  // namespace tessera

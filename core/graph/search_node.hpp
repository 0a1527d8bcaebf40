#pragma once
// Search: where in a sorted array each element of another one belongs.
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API SearchNode final : public Node {
 public:
  /// values: from the index space of `grid`. sorted: 1-d, from its own index space; of the same dtype. right: behind the
  /// elements that are equal, not before them.
  SearchNode(Edge values, Edge sorted, ChunkGrid grid, bool right);
  const Edge& values() const { return inputs()[0]; }
  const Edge& sorted() const { return inputs()[1]; }
  bool right() const { return right_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  bool right_;
};

}  // namespace tessera

#pragma once
// Stencil: elements made of elements of one array around them.
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/stencil.hpp>

namespace tessera {

class TESSERA_API StencilNode final : public Node {
 public:
  /// input: from the node's index space, continued beyond its ends as `taps` reach. source: the indices of that space for
  /// which there is an input element; others stand for one of those by the stencil's rules. (Of x[1:-1] of a filtered
  /// array of 8 it is [-1, 7).)
  StencilNode(Edge input, ChunkGrid grid, Box source, std::shared_ptr<const Stencil> stencil);
  const Edge& input() const { return inputs()[0]; }
  const Box& source() const { return source_; }
  const std::shared_ptr<const Stencil>& stencil() const { return stencil_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  /// The same elements, seen through `slice`, which has no steps on axes along which taps reach, and drops none of them.
  std::shared_ptr<const StencilNode> sliced(const IndexTransform& slice, Edge input) const;

 protected:
  void add_own_structure(Key& key) const override;

 private:
  Box source_;
  std::shared_ptr<const Stencil> stencil_;
};

}  // namespace tessera

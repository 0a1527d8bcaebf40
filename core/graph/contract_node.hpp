#pragma once
// Contract: products of stacks of matrices, C[b, i, j] = sum over k of A[b, i, k] B[b, k, j].
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API ContractNode final : public Node {
 public:
  /// a: from the index space (..., m, k), b: from (..., k, n); both of `dtype`, whose axes before the last two are as long
  /// as those of `shape`, the result's, or 1 for all of it.
  ContractNode(Edge a, Edge b, Shape shape, DType dtype);
  const Edge& a() const { return inputs()[0]; }
  const Edge& b() const { return inputs()[1]; }
  /// How many products an element adds up.
  std::int64_t depth() const { return a().map.output()[shape().size() - 1]; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }
};

}  // namespace tessera

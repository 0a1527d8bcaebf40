#pragma once
// Contract: products of stacks of matrices, C[b, i, j] = sum over k of A[b, i, k] B[b, k, j]. A part of one, which is made of
// whole chunks, has the cuts of the whole (core/kernel/contraction.hpp), and so its bits.
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API ContractNode final : public Node {
 public:
  /// a: from the index space (..., m, k), b: from (..., k, n); both of `dtype`, whose axes before the last two are as long
  /// as those of `shape`, the result's, or 1 for all of it.
  ContractNode(Edge a, Edge b, Shape shape, DType dtype);
  /// With cuts that are given: the chunks of the result, the segments of k.
  ContractNode(Edge a, Edge b, ChunkGrid grid, AxisChunks segments, DType dtype);
  const Edge& a() const { return inputs()[0]; }
  const Edge& b() const { return inputs()[1]; }
  /// How many products an element adds up.
  std::int64_t depth() const { return segments_.extent(); }
  const AxisChunks& segments() const { return segments_; }

  /// The smallest part around `seen` of which chunks are whole along the last two axes; with a chunk at least.
  Box part_around(const Box& seen) const;
  /// What a part needs of an operand, 0 or 1, in the operand's space.
  Box operand_box(std::size_t operand, const Box& part) const;
  /// Such a part, of what it needs of the operands.
  NodePtr sliced(const Box& part, std::vector<Edge> inputs) const;

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  AxisChunks segments_;
};

}  // namespace tessera

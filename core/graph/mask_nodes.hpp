#pragma once
// What masks (arrays of bools) select, in row-major order. The elements are walked in chunks that follow one another in that
// order (the domain): its first axes but one have chunks of 1, the others are whole, but for one between them. The mask has
// the first axes of the domain; the rest are rows that are selected whole.
//   MaskCount   how many of the mask are true in each chunk of the domain
//   Compress    what is selected: chunk k of it comes from the k-th chunk of the domain in which something is
#include <tessera/core/graph/node_base.hpp>

namespace tessera {

class TESSERA_API MaskCountNode final : public Node {
 public:
  /// mask: from the shape of `domain`, of bools. The result is of int64, with an element for each chunk.
  MaskCountNode(Edge mask, ChunkGrid domain);
  const ChunkGrid& domain() const { return domain_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override { key.add(domain_); }

 private:
  ChunkGrid domain_;
};

class TESSERA_API CompressNode final : public Node {
 public:
  /// values, mask: from the shape of `domain`. starts: how many rows are selected before each chunk of the domain, and in
  /// all.
  CompressNode(Edge values, Edge mask, ChunkGrid domain, int mask_axes,
               std::shared_ptr<const std::vector<std::int64_t>> starts);
  const ChunkGrid& domain() const { return domain_; }
  int mask_axes() const { return mask_axes_; }
  const std::shared_ptr<const std::vector<std::int64_t>>& starts() const { return starts_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  ChunkGrid domain_;
  int mask_axes_;
  std::shared_ptr<const std::vector<std::int64_t>> starts_;
};

}  // namespace tessera

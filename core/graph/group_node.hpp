#pragma once
// Group: elements folded over axes of the domain, apart for each group that they belong to.
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/graph/reduce_node.hpp>
#include <tessera/core/kernel/grouping.hpp>

namespace tessera {

class TESSERA_API GroupNode final : public Node {
 public:
  /// inputs, the first three kinds from the domain:
  ///   the values, where the grouping has some: float32 for a fold of float64, else of fold.element
  ///   labels: int64, of which nothing depends on the kept axes; or, for each axis of bins, coordinates: float32 or float64
  ///   for each axis of bins its edges: float64, 1-d, from their own index space
  /// fold: of those that states of groups are kept for (is_grouped).
  GroupNode(std::vector<Edge> inputs, ChunkGrid domain, std::uint32_t folded, Grouping grouping, Fold fold,
            Epilogue epilogue);
  const ChunkGrid& domain() const { return domain_; }
  /// Bit i: domain axis i is folded; at least one is.
  std::uint32_t folded() const { return folded_; }
  const Grouping& grouping() const { return grouping_; }
  const Fold& fold() const { return fold_; }
  const Epilogue& epilogue() const { return epilogue_; }
  /// The inputs that are seen from the domain: values, labels or coordinates. Behind them: edges.
  std::vector<Edge> elements() const;
  std::vector<Edge> edges() const;

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;
  void add_own_values(Key& key) const override;

 private:
  ChunkGrid domain_;
  std::uint32_t folded_;
  Grouping grouping_;
  Fold fold_;
  Epilogue epilogue_;
};

}  // namespace tessera

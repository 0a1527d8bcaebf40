#pragma once
// Concat: arrays of one dtype, one after another along `axis`; no elements of its own. Edge k leads from the whole
// index space to part k, but holds only for [starts[k], starts[k + 1]) on the axis: (5,) and (3,) have starts 0, 5, 8,
// and index 6 is index 1 of the second part.
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

class TESSERA_API ConcatNode final : public Node {
 public:
  /// Two or more parts, none empty along `axis`.
  /// described: the parts are one dataset, of which this store tells names and attributes; null: the parts tell them.
  ConcatNode(DType dtype, ChunkGrid grid, int axis, std::vector<std::int64_t> starts, std::vector<Edge> parts,
             std::shared_ptr<const Store> described = nullptr);
  const std::shared_ptr<const Store>& described() const { return described_; }
  int axis() const { return axis_; }
  const std::vector<std::int64_t>& starts() const { return starts_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;

 protected:
  void add_own_structure(Key& key) const override;

 private:
  int axis_;
  std::vector<std::int64_t> starts_;
  std::shared_ptr<const Store> described_;
};

}  // namespace tessera

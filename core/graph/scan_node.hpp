#pragma once
// Scan: a Program over the inputs, whose elements are folded along one axis up to each of them.
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/program.hpp>
#include <tessera/core/kernel/scan.hpp>

namespace tessera {

class TESSERA_API ScanNode final : public Node {
 public:
  /// `prologue` has one output, of the scan's element type. Edges lead from the node's own index space.
  ScanNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs, ChunkGrid grid, int axis,
           ScanKind kind);
  const Program& program() const { return program_; }
  int axis() const { return axis_; }
  Scan scan() const { return {kind_, dtype()}; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  /// Of the prologue.
  std::span<const ScalarParameter> scalars() const override { return scalars_; }
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  Program program_;
  std::vector<ScalarParameter> scalars_;
  int axis_;
  ScanKind kind_;
};

}  // namespace tessera

#pragma once
// Map: a Program over the inputs, element by element.
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/program.hpp>

namespace tessera {

class TESSERA_API MapNode final : public Node {
 public:
  /// One output. Edges in the order of the program's inputs, scalars in that of its scalars.
  MapNode(Program program, std::vector<ScalarParameter> scalars, Shape shape, ChunkGrid grid, std::vector<Edge> inputs);
  const Program& program() const { return program_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  std::span<const ScalarParameter> scalars() const override { return scalars_; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  Program program_;
  std::vector<ScalarParameter> scalars_;
};

/// What gives its only input.
TESSERA_API Program identity_program(DType type);
/// The Map that copies what the edge leads to, in chunks of `grid`.
TESSERA_API std::shared_ptr<const MapNode> copy_of(Edge e, const Shape& shape, ChunkGrid grid);

}  // namespace tessera

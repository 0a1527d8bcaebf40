#pragma once
// Reduce: a Program over the inputs, whose elements are folded over axes of the domain; what becomes of a state at the
// end is a Program, too (mean: divide by n).
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/kernel/program.hpp>

namespace tessera {

/// From the state's components to the result.
struct Epilogue {
  Program program;
  std::vector<ScalarParameter> scalars;
};

class TESSERA_API ReduceNode final : public Node {
 public:
  /// `prologue` has one output, the elements that `fold` takes; edges lead from the domain. A user's fold has the
  /// epilogue that copies its result.
  ReduceNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs, ChunkGrid domain,
             std::uint32_t reduced, Fold fold, Epilogue epilogue);
  const Program& program() const { return program_; }
  const ChunkGrid& domain() const { return domain_; }
  /// Bit i: domain axis i is folded. The kept axes, in order, are the result's.
  std::uint32_t reduced() const { return reduced_; }
  const Fold& fold() const { return fold_; }
  const Epilogue& epilogue() const { return epilogue_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  /// Of the prologue.
  std::span<const ScalarParameter> scalars() const override { return scalars_; }
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;
  void add_own_values(Key& key) const override;

 private:
  Program program_;
  std::vector<ScalarParameter> scalars_;
  ChunkGrid domain_;
  std::uint32_t reduced_;
  Fold fold_;
  Epilogue epilogue_;
};

/// The axes of `grid` that `reduced` keeps.
TESSERA_API ChunkGrid kept_axes(const ChunkGrid& grid, std::uint32_t reduced);
TESSERA_API Dims kept_axes(const Dims& dims, std::uint32_t reduced);

}  // namespace tessera

#pragma once
// Select: a Program over the inputs, of whose elements along some axes quantiles are taken: elements by their place in
// the order, or what lies between two of them.
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/program.hpp>
#include <tessera/core/kernel/quantile.hpp>

namespace tessera {

/// What is taken of which axes.
struct Selection {
  Quantiles quantiles;
  std::uint32_t folded = 0;  ///< bit i: axis i of the domain is gone in the result
  bool is_list = false;      ///< the result begins with an axis of quantiles; else there is one
  bool by_columns = false;   ///< a tile has whole columns, and the domain one chunk along them; else they are counted
  bool operator==(const Selection&) const = default;
};

class TESSERA_API SelectNode final : public Node {
 public:
  /// `prologue` has one output, the elements; edges lead from the domain, whose folded axes are not empty.
  SelectNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs, ChunkGrid domain,
             Selection selection);
  const Program& program() const { return program_; }
  const ChunkGrid& domain() const { return domain_; }
  const Selection& selection() const { return selection_; }
  const Quantiles& quantiles() const { return selection_.quantiles; }
  std::uint32_t folded() const { return selection_.folded; }
  bool is_list() const { return selection_.is_list; }
  bool is_by_columns() const { return selection_.by_columns; }
  /// Of what is selected from.
  DType element() const { return program_.type(program_.outputs[0]); }

  /// The same of other elements of this domain.
  NodePtr over(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs) const;
  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  /// Of the prologue.
  std::span<const ScalarParameter> scalars() const override { return scalars_; }
  bool is_made_whole() const override { return true; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  Program program_;
  std::vector<ScalarParameter> scalars_;
  ChunkGrid domain_;
  Selection selection_;
};

}  // namespace tessera

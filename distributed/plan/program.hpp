#pragma once
// A Program in a plan, with the scalars of the evaluation at hand. Execution compiles it (execute/plan_kernels.hpp).
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include <tessera/core/graph/node.hpp>

namespace tessera {

struct PlanProgram {
  Program program;
  std::vector<ScalarParameter> parameters;
  std::vector<ScalarBits> scalars;
  std::size_t number = 0;  ///< in the plan
};

PlanProgram program_of(const Program& p, std::span<const ScalarParameter> scalars);

/// The scalars and sources of another evaluation of the same structure, for a plan that was made for an earlier one.
class Rebinding {
 public:
  /// `nodes`: of the graph as built, in topological order.
  explicit Rebinding(const std::vector<NodePtr>& nodes) : nodes_(nodes) {}
  /// The node of this number.
  const NodePtr& node(std::int32_t origin) const { return nodes_[origin]; }
  /// Gives a Program the values that its parameters have now.
  void rebind(PlanProgram& program);

 private:
  Scalar value_of(const ScalarParameter& p);
  const std::vector<NodePtr>& nodes_;
  std::unordered_map<const FoldedScalar*, Scalar> folded_;  // these share their arguments: each is folded once
};

}  // namespace tessera

#pragma once
// Call: a user's function of single elements of the inputs.
#include <memory>

#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/user_function.hpp>

namespace tessera {

class TESSERA_API CallNode final : public Node {
 public:
  /// inputs: of the function's parameters, each in its dtype, from the node's index space.
  CallNode(std::vector<Edge> inputs, ChunkGrid grid, std::shared_ptr<const UserMap> function);
  const std::shared_ptr<const UserMap>& function() const { return function_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;

 protected:
  void add_own_structure(Key& key) const override;

 private:
  std::shared_ptr<const UserMap> function_;
};

}  // namespace tessera

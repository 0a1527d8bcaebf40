#pragma once
// Keep: a Map whose elements are made once, whole, before anything reads them, as a Reduce's are. Only the optimizer
// builds it (optimize/keep.hpp).
#include <tessera/core/graph/map_node.hpp>

namespace tessera {

/// Why the optimizer keeps a result in memory: how many views, in how many stages, would each compute it again. No views:
/// one stage goes over it in so many passes; no stages: it is kept to be redistributed, indexed by
/// arrays, or multiplied.
struct Kept {
  int views = 0, stages = 0;
  bool indexed = false, multiplied = false;
};

class TESSERA_API KeepNode final : public Node {
 public:
  KeepNode(std::shared_ptr<const MapNode> input, Kept reason);
  const MapNode& map() const { return static_cast<const MapNode&>(*inputs()[0].node); }
  const Kept& reason() const { return reason_; }

  /// throws InternalError when the input is no Map.
  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return true; }

 private:
  Kept reason_;
};

}  // namespace tessera

#pragma once
// ChunkCall: a user's function of whole chunks of the inputs, called once for each chunk of the domain.
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/chunk_call.hpp>

namespace tessera {

class TESSERA_API ChunkCallNode final : public Node {
 public:
  /// inputs: of the function's parameters, each in its dtype, from the domain's index space, continued beyond its ends as
  /// far as call.source.
  /// in_tiles: made where it is used, by a stage that walks the domain in whole chunks (optimize/calls_in_tiles.cpp).
  ChunkCallNode(std::vector<Edge> inputs, ChunkCall call, bool in_tiles = false);
  const ChunkCall& call() const { return call_; }

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  bool is_made_whole() const override { return !in_tiles_; }

 protected:
  void add_own_structure(Key& key) const override;

 private:
  ChunkCall call_;
  bool in_tiles_;
};

}  // namespace tessera

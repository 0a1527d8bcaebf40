#pragma once
// Sums of a product: where each worker adds up a chunk of C from a segment of k. That is the result's array, where a rank
// has one segment and its part of C is kept; else a buffer with a slot for each segment, each of which holds the chunks of a
// panel one after another. Segments are added up in a FixedTree over all of them, those of other ranks included.
#include <optional>
#include <vector>

#include <tessera/distributed/exchange/linked.hpp>
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/plan/contract.hpp>

namespace tessera {

class ContractSums {
 public:
  ContractSums(StageRun& stage, const ContractOperator& op);
  /// Memory. Local.
  void prepare();
  /// Of a chunk of the step's panel, the `number`-th there, from a segment.
  std::byte* at(const Dims& chunk, std::int64_t number, std::int64_t segment) const;
  /// What other ranks have of the panel comes to its owner. Collective, where ranks share sums. Throws the same on all.
  void exchange(std::int64_t step);
  /// The sum of all segments of a chunk, once it is exchanged, in the stream; on the owner alone.
  std::byte* finish(Stream stream, const Dims& chunk, std::int64_t number) const;

 private:
  std::byte* slot(std::int64_t number) const { return sums_.data() + number * slot_bytes_; }
  void add_own(std::int64_t chunks);
  /// into[i] += from[i]
  void add(Stream stream, std::int64_t elements, std::byte* into, const std::byte* from) const;
  void copy(std::int64_t bytes, const std::byte* from, Space from_space, std::byte* to, Space to_space);
  void run_round(Rounds& rounds, const std::vector<TreeNode>& mine);

  StageRun& stage_;
  Execution& x_;
  const ContractOperator& op_;
  const ContractPart part_;
  const std::int64_t chunk_bytes_, slot_bytes_;
  bool in_array_;
  Buffer sums_, others_;
  /// What another rank has of the panel: its nodes of the tree, one after another.
  struct Other {
    int rank;
    std::vector<TreeNode> nodes;
    std::byte* at;
  };
  std::vector<Other> from_others_;
  std::int64_t panel_bytes_ = 0;
  std::optional<LinkedExchange> linked_;  // where ranks send them from device to device
};

}  // namespace tessera

#pragma once
// A gather from what other ranks have: a block's requests go to their owners (owner_requests.hpp), who answer each message
// by one with the elements.
#include <tessera/distributed/execute/owner_requests.hpp>

namespace tessera {

class GatherExchange {
 public:
  /// Takes the memory. Local.
  GatherExchange(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks);
  /// What this rank's block asks for, once it has asked. Collective, also for a rank that has no block or has failed.
  /// returns: whether some rank has another block. throws on all ranks what has failed on one.
  bool run();

 private:
  void answer(std::span<const OwnerRequests::Message> messages);
  void take(std::span<const OwnerRequests::Message> messages);

  StageRun& stage_;
  GatherBlocks& blocks_;
  HeldRows rows_;
  const std::int64_t item_;
  OwnerRequests requests_;
};

}  // namespace tessera

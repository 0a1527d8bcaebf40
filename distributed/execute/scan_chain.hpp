#pragma once
// The totals of a scan's chunks, each with the chunk's owner, and the carries that go through them (plan/scan_chain.hpp).
#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/plan/scan.hpp>

namespace tessera {

class ScanTotals {
 public:
  /// Takes the memory. Local.
  ScanTotals(Execution& execution, const ScanOperator& op);
  /// The total of a chunk, until `exchange`; from then on the fold of all chunks before it.
  const SlabArray& states() const { return states_; }
  /// Between ranks whose chunks follow one another, once all totals are there. A rank that has none to give, because it
  /// has failed, takes part like the others. Can't fail.
  void exchange();

 private:
  struct Step {
    ScanBorder border;
    std::int64_t offset;  // of what is sent, in sent_
  };
  std::int64_t bytes_of(const ScanBorder& b) const { return b.elements * item_; }
  /// From this chunk on, as far as the next ones are of this rank, too; carry_ goes with them.
  void pass_through(Dims chunk);

  Execution& execution_;
  const ScanOperator& op_;
  const std::int64_t item_;
  SlabArray states_;
  std::vector<Step> steps_;
  std::unordered_map<std::int64_t, std::int64_t> offsets_;  // of what is sent, by the chunk that it goes to
  Buffer sent_, carry_;
};

}  // namespace tessera

#pragma once
// What is known of the keys that a counted selection looks for: pass by pass some bits more.
#include <tessera/core/device/host_select.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/plan/counted_selection.hpp>

namespace tessera {

class WantedKeys {
 public:
  /// Takes all of its memory.
  WantedKeys(const CountedSelection& op, const std::shared_ptr<MemoryPool>& pool);

  /// What pass number `pass` counts.
  KeyPrefixes prefixes(int pass) const;
  /// Takes the sums of the histograms of a pass, and, behind those of the first one, of NaNs. own: those of this rank
  /// alone. returns: how many elements of this rank begin as the keys that are looked for now.
  std::int64_t learn(int pass, const std::int64_t* counts, const std::int64_t* own);
  /// After the last pass: writes quantile k of a column.
  void write(std::int64_t output, std::int64_t k, std::byte* to) const;

 private:
  void place(std::int64_t output, const std::int64_t* counts, const std::int64_t* nans);
  std::int64_t learn_of(std::int64_t output, const KeyPrefixes& before, const std::int64_t* counts,
                        const std::int64_t* own);

  const CountedSelection& op_;
  std::int64_t each_;  // keys, and beginnings, of an output
  Buffer memory_;
  std::uint64_t *begins_, *prefixes_, *slots_;  // [output][each]: of each key what is known; the different ones; where
  std::int64_t *places_, *used_, *numbers_;  // [output][each]: among those that begin so; [output]: prefixes, elements
};

}  // namespace tessera

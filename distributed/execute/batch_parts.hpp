#pragma once
// The records of a batch put apart at fences, by all workers: each counts a slice of the batch, so that it is known where
// its records go, then puts them there. Batches come in the order of their indices; so do records that a part takes.
#include <span>
#include <vector>

#include <tessera/core/device/host_sort.hpp>

namespace tessera {

class BatchParts {
 public:
  BatchParts(const Sort& sort, int workers) : sort_(sort), workers_(workers) {}

  /// The next batch is the first one. Fences ascend. Allocates.
  void begin(std::span<const SortFence> fences);
  /// counts[k]: of the batch's records those behind k fences.
  void count(const std::byte* records, std::int64_t n, std::int64_t* counts);
  /// Puts those of the batch that was counted at to[k]; null drops them.
  void take(std::byte* const* to);

 private:
  std::size_t parts() const { return fences_.size() + 1; }
  std::int64_t slice(int worker) const;

  Sort sort_;
  int workers_;
  std::vector<SortFence> fences_;
  std::vector<KeyRange> keys_;        // of the fences
  std::vector<std::int64_t> equals_;  // by fence: records of its key in the batches so far
  // Of the batch, by worker.
  const std::byte* records_ = nullptr;
  std::int64_t n_ = 0;
  std::vector<std::int64_t> lows_, highs_, counts_, seen_;
  std::vector<std::byte*> places_;
};

}  // namespace tessera

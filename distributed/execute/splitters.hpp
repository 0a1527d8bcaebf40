#pragma once
// Exact splitters of a row: for positions in its order, the key that is there, and how many of its equals come before it.
// Keys are counted by their digits, from the highest on, in as many walks as that takes; once the keys that are still in
// question fit in memory they are kept, and the row is not walked again.
#include <tessera/core/device/host_sort.hpp>
#include <tessera/distributed/exchange/integer_sum.hpp>
#include <tessera/distributed/execute/row_walk.hpp>

namespace tessera {

inline std::int64_t* integers_of(const Buffer& b) { return reinterpret_cast<std::int64_t*>(b.data()); }

/// Where a part of the order begins.
struct Fence {
  SortFence at;             ///< in the order of this rank's elements
  std::int64_t before = 0;  ///< elements of this rank that are before it
};

class Splitters {
 public:
  /// Takes the memory for counters. Local.
  /// kept: memory for keys that are still in question.
  Splitters(StageRun& stage, const SpreadSort& op, RowWalk& walk, std::span<std::byte> kept);

  /// positions: ascending, within the row but not at its ends; at most most_boundaries(). Collective; throws what is in
  /// the stage's failure on any rank, on all.
  std::vector<Fence> find(const std::vector<std::int64_t>& positions);

 private:
  struct Boundary {
    std::int64_t position;
    std::size_t number = 0;                  // of its position
    WideKey prefix = 0;                      // the digits that are known
    std::int64_t below = 0, below_here = 0;  // elements with smaller prefixes: of all ranks, of this one
    std::int64_t equal_here = 0;             // elements of this rank with the prefix
  };
  /// With ranges of keys in which the positions are, as a sample of the row tells, one walk keeps all keys in question.
  /// returns: whether they are kept; else all is as it was. Collective. (splitter_sample.cpp)
  bool keep_by_sample();
  std::span<const WideKey> sample(std::int64_t longest, std::int64_t share);
  bool find_ranges(std::span<const WideKey> sorted, std::int64_t longest);
  void split_ranges(std::span<const WideKey> sorted, std::int64_t often);
  bool is_kept(const KeyRange& range) const { return !splits_ || range.lo < range.hi; }
  bool keep_ranges();
  bool place_boundaries(const std::int64_t* here, const std::int64_t* all);
  /// All ranks' keys, at most `most` of each, in order, in `merged_`, and rank after rank in `gathered_`. Collective.
  std::span<const WideKey> gather_keys(std::int64_t own, std::int64_t most);
  void count(const std::vector<WideKey>& prefixes, int shift, int bits);
  void keep_keys(const std::vector<WideKey>& prefixes, int shift);
  std::int64_t keep_in_question(WideKey* keys, int shift);
  /// All keys in question on every rank, which then knows the rest. Collective.
  void finish(int shift, std::int64_t most, std::vector<Fence>& fences);
  void narrow(const std::vector<WideKey>& prefixes, int bits, std::span<const std::int64_t> here,
              std::span<const std::int64_t> all);

  StageRun& stage_;
  const SpreadSort& op_;
  RowWalk& walk_;
  std::span<std::byte> kept_;
  std::vector<Buffer> here_;  // counters of each worker; those of the first become those of the rank
  Buffer all_;                // of all ranks
  IntegerSum sums_;
  std::vector<Boundary> boundaries_, settled_;           // settled: the prefix is the whole key
  std::vector<KeyRange> ranges_, wished_, kept_ranges_;  // wished: of each boundary
  std::vector<WideKey> ends_;
  bool splits_ = false;       // ranges of one key are counted, not kept
  Buffer gathered_, merged_;  // keys in question of all ranks, where these are few: rank after rank, and in order
  bool keeps_ = false;        // keys are kept
  std::int64_t kept_count_ = 0;
};

}  // namespace tessera

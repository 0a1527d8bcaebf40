#pragma once
// An exchange between many pairs in bounded memory: a rank talks with a window of peers at a time, in messages of
// `largest` bytes. The window of a pair is that of its distance, (to - from) mod ranks, so that both know it without
// asking. Of 5 ranks in windows of two, the pairs at distance 1 and 2 come first, then those at 3 and 4.
//
// Nobody waits for all: a rank goes through (window, message) in order, and leaves out those in which it has nothing.
#include <algorithm>
#include <cstdint>

namespace tessera {

struct Windows {
  int ranks;
  int peers;             ///< to which a rank sends at a time, and from which it receives
  std::int64_t largest;  ///< bytes of a message, of whole elements of any dtype

  int of(int from, int to) const { return ((to - from + ranks) % ranks - 1) / peers; }
  /// Of messages under way.
  std::int64_t memory() const { return 2 * peers * largest; }
};

/// For messages under way of `budget` bytes per rank, at least 64 KiB.
constexpr Windows windows_within(std::int64_t budget, int ranks) {
  constexpr std::int64_t least = 32 << 10;
  const std::int64_t others = std::max(1, ranks - 1), each = std::max(budget, 2 * least) / 2;
  const std::int64_t peers = std::clamp<std::int64_t>(each / least, 1, others);
  return {ranks, static_cast<int>(peers), each / peers / 64 * 64};
}

}  // namespace tessera

#pragma once
// A stable sort of records by their keys: a radix sort from the highest bits in which keys differ downwards. Each level
// distributes the records of a bucket over up to 2048 smaller ones, and at most 24 are sorted by insertion. No level
// loses the order of equal keys.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace tessera::cpu {

template <class Key>
int key_width(Key k) {
  if constexpr (sizeof(Key) == 16) {
    const auto high = static_cast<std::uint64_t>(k >> 64);
    return high ? 64 + key_width(high) : key_width(static_cast<std::uint64_t>(k));
  } else {
    return static_cast<int>(std::bit_width(k));
  }
}

template <class Record>
class RadixSort {
 public:
  using Key = typename Record::Key;
  explicit RadixSort(Key flip) : flip_(flip) {}

  /// The records of `from`, in order, in `to`, or in `from` where `stay`. The other one is overwritten.
  void run(Record* from, Record* to, std::int64_t n, bool stay) const {
    if (n <= few) return insert(from, stay ? from : to, n);
    const Key first = from[0].key(flip_);
    Key differing = 0, before = first;
    bool ordered = true;
    for (std::int64_t i = 1; i < n; i++) {
      const Key k = from[i].key(flip_);
      differing |= static_cast<Key>(k ^ first);
      ordered = ordered && before <= k;
      before = k;
    }
    if (ordered) {
      if (!stay) std::copy_n(from, n, to);
      return;
    }
    distribute(from, to, n, stay, key_width(differing));
  }

 private:
  // Buckets by the `bits` bits below bit `top`.
  void distribute(Record* from, Record* to, std::int64_t n, bool stay, int top) const {
    const bool cached = n * static_cast<std::int64_t>(sizeof(Record)) <= cached_bytes;
    const int wish = key_width(static_cast<std::uint64_t>(n)) - 3;
    const int bits = std::min(top, std::clamp(wish, least_bits, cached ? most_bits : bits_beyond_cache));
    const int shift = top - bits;
    const auto mask = static_cast<std::uint32_t>((1u << bits) - 1);
    const auto bucket = [&](const Record& r) {
      return static_cast<std::uint32_t>(static_cast<std::uint64_t>(r.key(flip_) >> shift)) & mask;
    };
    std::array<std::int64_t, 1 << most_bits> ends;  // first counts, then where the next record of a bucket goes
    std::fill_n(ends.begin(), mask + 1, 0);
    for (std::int64_t i = 0; i < n; i++) ends[bucket(from[i])]++;
    std::int64_t at = 0;
    for (std::uint32_t b = 0; b <= mask; b++) {
      const std::int64_t count = ends[b];
      ends[b] = at;
      at += count;
    }
    for (std::int64_t i = 0; i < n; i++) to[ends[bucket(from[i])]++] = from[i];
    std::int64_t begin = 0;
    for (std::uint32_t b = 0; b <= mask; b++) {
      const std::int64_t count = ends[b] - begin;
      if (shift > 0)
        run(to + begin, from + begin, count, !stay);
      else if (stay)
        std::copy_n(to + begin, count, from + begin);
      begin = ends[b];
    }
  }

  void insert(const Record* from, Record* to, std::int64_t n) const {
    std::array<Key, few> keys;
    for (std::int64_t i = 0; i < n; i++) {
      const Record r = from[i];
      const Key k = r.key(flip_);
      std::int64_t at = i;
      for (; at > 0 && k < keys[at - 1]; at--) keys[at] = keys[at - 1], to[at] = to[at - 1];
      keys[at] = k, to[at] = r;
    }
  }

  // So few are sorted by insertion.
  static constexpr std::int64_t few = 24;
  // Beyond the second-level cache records are distributed over fewer buckets: each is a stream that is written.
  static constexpr std::int64_t cached_bytes = 1 << 20;
  static constexpr int bits_beyond_cache = 8, most_bits = 11, least_bits = 4;

  Key flip_;
};

}  // namespace tessera::cpu

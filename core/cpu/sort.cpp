#include <tessera/core/device/host_sort.hpp>

#include <algorithm>
#include <array>
#include <limits>

#include <tessera/core/cpu/sort_keys.hpp>

namespace tessera {
namespace {

using cpu::visit_records;

// So few are sorted by insertion.
constexpr std::int64_t few = 24;
// Beyond the second-level cache records are distributed over fewer buckets: each is a stream that is written.
constexpr std::int64_t cached_bytes = 1 << 20;
constexpr int bits_beyond_cache = 8, most_bits = 11, least_bits = 4;

template <class Key>
int bit_width(Key k) {
  if constexpr (sizeof(Key) == 16) {
    const auto high = static_cast<std::uint64_t>(k >> 64);
    return high ? 64 + bit_width(high) : bit_width(static_cast<std::uint64_t>(k));
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
    distribute(from, to, n, stay, bit_width(differing));
  }

 private:
  // Buckets by the `bits` bits below bit `top`.
  void distribute(Record* from, Record* to, std::int64_t n, bool stay, int top) const {
    const bool cached = n * static_cast<std::int64_t>(sizeof(Record)) <= cached_bytes;
    const int wish = bit_width(static_cast<std::uint64_t>(n)) - 3;
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

  Key flip_;
};

// Floats of which no two that differ are equal (no -0, no NaN) can be told from their keys: these are sorted in their
// place, which spares making them again and again. returns: false where there are others; nothing is done then.
template <class F>
bool sort_by_bits(cpu::ElementRecord<F>* records, cpu::ElementRecord<F>* scratch, std::int64_t n, bool descending) {
  using Bits = SortKey<F>;
  bool equals = false;
  for (std::int64_t i = 0; i < n; i++) {
    const F x = records[i].element;
    equals |= x != x || std::bit_cast<Bits>(x) == std::bit_cast<Bits>(F(-0.0));
  }
  if (equals) return false;
  auto* keys = reinterpret_cast<cpu::ElementRecord<Bits>*>(records);
  const Bits flip = descending ? ~Bits{0} : Bits{0};
  for (std::int64_t i = 0; i < n; i++) keys[i].element = sort_key(records[i].element) ^ flip;
  RadixSort<cpu::ElementRecord<Bits>>(0).run(keys, reinterpret_cast<cpu::ElementRecord<Bits>*>(scratch), n, true);
  for (std::int64_t i = 0; i < n; i++) records[i].element = element_of_key<F>(keys[i].element ^ flip);
  return true;
}

}  // namespace

void sort_load(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n, std::int64_t index,
               std::byte* records) {
  cpu::visit_loads(sort, [&]<class Element, class Record>(Element, Record) {
    const auto flip = cpu::flip_of<typename cpu::KeyOf<Element>::Key>(sort);
    auto* to = reinterpret_cast<Record*>(records);
    const auto load = [&](std::int64_t step) {
      for (std::int64_t i = 0; i < n; i++) {
        Element x;
        std::memcpy(&x, elements + i * step, sizeof x);
        cpu::make_record(to[i], x, flip, index + i);
      }
    };
    if (stride == static_cast<std::int64_t>(sizeof(Element)))
      load(sizeof(Element));
    else
      load(stride);
  });
}

void sort_records(const Sort& sort, std::byte* records, std::byte* scratch, std::int64_t n) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    auto *from = reinterpret_cast<Record*>(records), *beside = reinterpret_cast<Record*>(scratch);
    if constexpr (std::is_same_v<Record, cpu::ElementRecord<float>> ||
                  std::is_same_v<Record, cpu::ElementRecord<double>>)
      if (n > few && sort_by_bits(from, beside, n, sort.descending)) return;
    RadixSort<Record>(flip).run(from, beside, n, true);
  });
}

void sort_store(const Sort& sort, const std::byte* records, std::int64_t n, std::byte* to, std::int64_t stride) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto* from = reinterpret_cast<const Record*>(records);
    for (std::int64_t i = 0; i < n; i++) {
      const auto x = from[i].result();
      std::memcpy(to + i * stride, &x, sizeof x);
    }
  });
}

std::int64_t sort_merge_cut(const Sort& sort, const std::byte* a, std::int64_t na, const std::byte* b, std::int64_t nb,
                            std::int64_t n) {
  std::int64_t low = std::max<std::int64_t>(0, n - nb), high = std::min(na, n);
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    const auto *x = reinterpret_cast<const Record*>(a), *y = reinterpret_cast<const Record*>(b);
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;  // record `middle` of a against the last that b would give
      if (y[n - middle - 1].key(flip) < x[middle].key(flip))
        high = middle;
      else
        low = middle + 1;
    }
  });
  return low;
}

void sort_merge(const Sort& sort, const std::byte* a, std::int64_t na, const std::byte* b, std::int64_t nb,
                std::byte* to) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    const auto *x = reinterpret_cast<const Record*>(a), *y = reinterpret_cast<const Record*>(b);
    auto* out = reinterpret_cast<Record*>(to);
    const auto *end = x + na, *last = y + nb;
    while (x < end && y < last) {
      const bool first = x->key(flip) <= y->key(flip);
      *out++ = *(first ? x : y);
      x += first, y += !first;
    }
    out = std::copy(x, end, out);
    std::copy(y, last, out);
  });
}

}  // namespace tessera

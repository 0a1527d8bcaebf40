// Counting keys by their digits, and putting records apart at fences: what a sort over several ranks does with the
// elements that it has.
#include <algorithm>
#include <array>

#include <tessera/core/cpu/sort_keys.hpp>
#include <tessera/core/device/host_sort.hpp>

namespace tessera {
namespace {

using cpu::visit_loads;
using cpu::visit_records;

template <class Key>
Key narrowed(WideKey key) {
  return static_cast<Key>(key);
}

/// Bits above `shift`, also where that is all of them.
template <class Key>
Key above(Key key, int shift) {
  return shift >= 8 * static_cast<int>(sizeof(Key)) ? Key{0} : static_cast<Key>(key >> shift);
}

/// Calls f(place of the prefix, key) for keys that have one. each(g): calls g(key) for all keys.
template <class Key, class Each, class F>
void for_each_within(std::span<const WideKey> prefixes, int shift, Each&& each, F&& f) {
  if (prefixes.size() == 1) {
    const Key only = narrowed<Key>(prefixes[0]);
    each([&](Key k) {
      if (above(k, shift) == only) f(std::int64_t{0}, k);
    });
    return;
  }
  each([&](Key k) {
    const WideKey prefix = above(k, shift);
    const auto at = std::lower_bound(prefixes.begin(), prefixes.end(), prefix);
    if (at != prefixes.end() && *at == prefix) f(static_cast<std::int64_t>(at - prefixes.begin()), k);
  });
}

template <class Key, class Each>
void count_digits(std::span<const WideKey> prefixes, int shift, int bits, std::int64_t* counts, Each&& each) {
  const auto mask = (std::uint64_t{1} << bits) - 1;
  for_each_within<Key>(prefixes, shift + bits, each, [&](std::int64_t p, Key k) {
    counts[p << bits | static_cast<std::int64_t>(static_cast<std::uint64_t>(k >> shift) & mask)]++;
  });
}

/// Calls f(element) for elements that lie `stride` bytes apart.
template <class T, class F>
void for_each_element(const std::byte* elements, std::int64_t stride, std::int64_t n, F&& f) {
  for (std::int64_t i = 0; i < n; i++) {
    T x;
    std::memcpy(&x, elements + i * stride, sizeof x);
    f(x);
  }
}

/// Calls f(key) for the keys of elements, as records of the sort have them.
template <class T, class F>
void for_each_key(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n, F&& f) {
  using Key = typename cpu::KeyOf<T>::Key;
  const auto flip = cpu::flip_of<Key>(sort);
  const auto take = [&](T x) { f(static_cast<Key>(cpu::KeyOf<T>::of(x) ^ flip)); };
  if (stride == static_cast<std::int64_t>(sizeof(T)))
    for_each_element<T>(elements, sizeof(T), n, take);
  else
    for_each_element<T>(elements, stride, n, take);
}

/// Fences as a search wants them.
template <class Key>
class Fences {
 public:
  explicit Fences(std::span<const SortFence> fences, std::int64_t* seen) : fences_(fences), seen_(seen) {
    if (fences.size() > few) return;
    for (std::size_t i = 0; i < fences.size(); i++) keys_[i] = narrowed<Key>(fences[i].key);
  }
  /// How many of them are before the next record, which has this key.
  std::size_t place(Key key) {
    std::size_t at = 0;
    if (fences_.size() <= few) {
      for (std::size_t i = 0; i < fences_.size(); i++) at += keys_[i] < key;
      if (at == fences_.size() || keys_[at] != key) return at;
    } else {
      const auto less = [](const SortFence& f, Key k) { return narrowed<Key>(f.key) < k; };
      at = static_cast<std::size_t>(std::lower_bound(fences_.begin(), fences_.end(), key, less) - fences_.begin());
      if (at == fences_.size() || narrowed<Key>(fences_[at].key) != key) return at;
    }
    const std::int64_t number = seen_[at]++;
    while (at < fences_.size() && narrowed<Key>(fences_[at].key) == key && fences_[at].left <= number) at++;
    return at;
  }

 private:
  static constexpr std::size_t few = 8;
  std::span<const SortFence> fences_;
  std::int64_t* seen_;
  std::array<Key, few> keys_{};
};

template <class F>
void for_each_place(const Sort& sort, const std::byte* records, std::int64_t n, std::span<const SortFence> fences,
                    std::int64_t* seen, F&& f) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    const auto* r = reinterpret_cast<const Record*>(records);
    Fences<typename Record::Key> search(fences, seen);
    for (std::int64_t i = 0; i < n; i++) f(search.place(r[i].key(flip)), r[i]);
  });
}

}  // namespace

void sort_count(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n,
                std::span<const WideKey> prefixes, int shift, int bits, std::int64_t* counts) {
  visit_dtype(sort.element, [&]<class T>(T) {
    count_digits<typename cpu::KeyOf<T>::Key>(prefixes, shift, bits, counts,
                                              [&](auto&& f) { for_each_key<T>(sort, elements, stride, n, f); });
  });
}

void sort_count(std::span<const WideKey> keys, std::span<const WideKey> prefixes, int shift, int bits,
                std::int64_t* counts) {
  count_digits<WideKey>(prefixes, shift, bits, counts, [&](auto&& f) {
    for (const WideKey k : keys) f(k);
  });
}

std::int64_t sort_keys_within(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n,
                              std::span<const WideKey> prefixes, int shift, WideKey* to) {
  std::int64_t count = 0;
  visit_dtype(sort.element, [&]<class T>(T) {
    using Key = typename cpu::KeyOf<T>::Key;
    for_each_within<Key>(
        prefixes, shift, [&](auto&& f) { for_each_key<T>(sort, elements, stride, n, f); },
        [&](std::int64_t, Key k) {
          if (to) to[count] = k;
          count++;
        });
  });
  return count;
}

void sort_count_parts(const Sort& sort, const std::byte* records, std::int64_t n, std::span<const SortFence> fences,
                      std::int64_t* seen, std::int64_t* counts) {
  for_each_place(sort, records, n, fences, seen, [&](std::size_t place, const auto&) { counts[place]++; });
}

void sort_take_parts(const Sort& sort, const std::byte* records, std::int64_t n, std::span<const SortFence> fences,
                     std::int64_t* seen, std::byte** to) {
  for_each_place(sort, records, n, fences, seen, [&](std::size_t place, const auto& r) {
    if (!to[place]) return;
    std::memcpy(to[place], &r, sizeof r);
    to[place] += sizeof r;
  });
}

}  // namespace tessera

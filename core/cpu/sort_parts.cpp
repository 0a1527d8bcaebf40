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

/// Some keys in order, as a search without branches wants them. Searches of keys that come in no order guess wrong at
/// every step otherwise: 22 ns an element of 25 fences then, 6 without.
template <class Key>
class Bounds {
 public:
  static constexpr std::size_t most = 512;
  /// of(i): key i of n. More than `most` are not kept.
  template <class Of>
  Bounds(std::size_t n, Of&& of) : size_(n <= most ? n : 0) {
    for (std::size_t i = 0; i < size_; i++) keys_[i] = of(i);
  }
  bool any() const { return size_ > 0; }
  std::size_t size() const { return size_; }
  Key operator[](std::size_t i) const { return keys_[i]; }
  /// How many are smaller than `key`.
  std::size_t below(Key key) const {
    return search([key](Key bound) { return bound < key; });
  }
  /// How many are not larger than `key`.
  std::size_t up_to(Key key) const {
    return search([key](Key bound) { return bound <= key; });
  }

 private:
  template <class Before>
  std::size_t search(Before&& before) const {
    const Key* at = keys_.data();
    for (std::size_t n = size_; n > 1;) {
      const std::size_t half = n / 2;
      at += static_cast<std::size_t>(before(at[half - 1])) * half;
      n -= half;
    }
    return static_cast<std::size_t>(at - keys_.data()) + before(*at);
  }

  std::size_t size_;
  std::array<Key, most> keys_;
};

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
  if (const Bounds<Key> bounds(prefixes.size(), [&](std::size_t i) { return narrowed<Key>(prefixes[i]); });
      bounds.any()) {
    each([&](Key k) {
      const Key prefix = above(k, shift);
      const std::size_t at = bounds.below(prefix);
      if (at < bounds.size() && bounds[at] == prefix) f(static_cast<std::int64_t>(at), k);
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

constexpr std::size_t few = 8;  // so many bounds are compared one after another; more are searched

/// Adds keys to numbers by how many bounds are before them: lows[i] of those with i ranges that begin at or before them,
/// highs[i] of those with i ranges that end before them.
template <class Key>
class RangeCounter {
 public:
  RangeCounter(std::span<const KeyRange> ranges, std::int64_t* lows, std::int64_t* highs)
      : ranges_(ranges),
        lows_(lows),
        highs_(highs),
        begins_(ranges.size(), [&](std::size_t i) { return narrowed<Key>(ranges[i].lo); }) {}

  void add(Key key) {
    block_[filled_++] = key;
    if (filled_ == block_.size()) flush();
  }
  void flush() {
    if (ranges_.size() <= few)
      compare();
    else
      for (std::size_t i = 0; i < filled_; i++) search(block_[i]);
    filled_ = 0;
  }

 private:
  void compare() {
    std::int64_t below = 0, up_to = 0;  // keys that were below the range before, and in it
    for (std::size_t r = 0; r < ranges_.size(); r++) {
      const Key lo = narrowed<Key>(ranges_[r].lo), hi = narrowed<Key>(ranges_[r].hi);
      std::int64_t lower = 0, not_higher = 0;
      for (std::size_t i = 0; i < filled_; i++) lower += block_[i] < lo, not_higher += block_[i] <= hi;
      lows_[r] += lower - below, highs_[r] += not_higher - up_to;
      below = lower, up_to = not_higher;
    }
    lows_[ranges_.size()] += static_cast<std::int64_t>(filled_) - below;
    highs_[ranges_.size()] += static_cast<std::int64_t>(filled_) - up_to;
  }
  void search(Key key) {
    const auto begins = begins_.any() ? ranges_.begin() + static_cast<std::ptrdiff_t>(begins_.up_to(key))
                                      : std::partition_point(ranges_.begin(), ranges_.end(), [&](const KeyRange& r) {
                                          return narrowed<Key>(r.lo) <= key;
                                        });
    if (begins == ranges_.begin() || narrowed<Key>(begins[-1].hi) < key) {  // between two ranges
      lows_[begins - ranges_.begin()]++, highs_[begins - ranges_.begin()]++;
      return;
    }
    const auto ends =
        std::partition_point(ranges_.begin(), begins, [&](const KeyRange& r) { return narrowed<Key>(r.hi) < key; });
    lows_[begins - ranges_.begin()]++, highs_[ends - ranges_.begin()]++;
  }

  std::span<const KeyRange> ranges_;
  std::int64_t *lows_, *highs_;
  Bounds<Key> begins_;
  std::array<Key, 512> block_;
  std::size_t filled_ = 0;
};

/// Fences as a search wants them.
template <class Key>
class Fences {
 public:
  explicit Fences(std::span<const SortFence> fences, std::int64_t* seen)
      : fences_(fences),
        seen_(seen),
        bounds_(fences.size(), [&](std::size_t i) { return narrowed<Key>(fences[i].key); }) {
    keys_.fill(static_cast<Key>(~Key{0}));
    if (fences.size() > few) return;
    for (std::size_t i = 0; i < fences.size(); i++) keys_[i] = narrowed<Key>(fences[i].key);
  }
  /// How many of them are before the next record, which has this key. compared: fences are not more than that.
  template <std::size_t compared>
  std::size_t place(Key key) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < compared; i++) at += keys_[i] < key;
    return keys_[at] == key ? place_of_equal(at, key) : at;
  }
  std::size_t place(Key key) {
    if (bounds_.any()) return place_of_equal(bounds_.below(key), key);
    const auto less = [](const SortFence& f, Key k) { return narrowed<Key>(f.key) < k; };
    return place_of_equal(
        static_cast<std::size_t>(std::lower_bound(fences_.begin(), fences_.end(), key, less) - fences_.begin()), key);
  }

 private:
  // Where `at` fences have smaller keys.
  std::size_t place_of_equal(std::size_t at, Key key) {
    if (at == fences_.size() || narrowed<Key>(fences_[at].key) != key) return at;
    const std::int64_t number = seen_[at]++;
    while (at < fences_.size() && narrowed<Key>(fences_[at].key) == key && fences_[at].left <= number) at++;
    return at;
  }

  std::span<const SortFence> fences_;
  std::int64_t* seen_;
  Bounds<Key> bounds_;
  std::array<Key, few + 1> keys_;
};

/// Which way records of a part go; those of parts that nobody takes fall on one spot.
template <class Record>
class Outlets {
 public:
  Outlets(std::byte** to, std::size_t parts) : to_(to), parts_(parts) {
    for (std::size_t p = 0; p < parts; p++) {
      next_[p] = to[p] ? reinterpret_cast<Record*>(to[p]) : &dropped_;
      step_[p] = to[p] ? 1 : 0;
    }
  }
  ~Outlets() {
    for (std::size_t p = 0; p < parts_; p++)
      if (to_[p]) to_[p] = reinterpret_cast<std::byte*>(next_[p]);
  }
  Outlets(const Outlets&) = delete;
  Outlets& operator=(const Outlets&) = delete;
  void put(std::size_t part, const Record& r) {
    *next_[part] = r;
    next_[part] += step_[part];
  }

 private:
  std::byte** to_;
  std::size_t parts_;
  Record dropped_{};
  std::array<Record*, few + 1> next_{};
  std::array<std::ptrdiff_t, few + 1> step_{};
};

template <std::size_t compared, class Record>
void take_few(const Record* r, std::int64_t n, typename Record::Key flip, Fences<typename Record::Key>& fences,
              Outlets<Record>& out) {
  for (std::int64_t i = 0; i < n; i++) out.put(fences.template place<compared>(r[i].key(flip)), r[i]);
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

void sort_count_ranges(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n,
                       std::span<const KeyRange> ranges, std::int64_t* lows, std::int64_t* highs) {
  visit_dtype(sort.element, [&]<class T>(T) {
    RangeCounter<typename cpu::KeyOf<T>::Key> counter(ranges, lows, highs);
    for_each_key<T>(sort, elements, stride, n, [&](auto key) { counter.add(key); });
    counter.flush();
  });
}

std::int64_t sort_keys_in_ranges(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n,
                                 std::span<const KeyRange> ranges, WideKey* to) {
  std::int64_t count = 0;
  visit_dtype(sort.element, [&]<class T>(T) {
    using Key = typename cpu::KeyOf<T>::Key;
    const auto all = [&](auto&& within) {
      for_each_key<T>(sort, elements, stride, n, [&](Key k) {
        if (within(k)) to[count++] = k;
      });
    };
    if (ranges.size() == 1) {
      const Key lo = narrowed<Key>(ranges[0].lo), length = static_cast<Key>(narrowed<Key>(ranges[0].hi) - lo);
      all([=](Key k) { return static_cast<Key>(k - lo) <= length; });
    } else {
      all([=](Key k) {
        const auto at = std::partition_point(ranges.begin(), ranges.end(),
                                             [&](const KeyRange& r) { return narrowed<Key>(r.hi) < k; });
        return at != ranges.end() && narrowed<Key>(at->lo) <= k;
      });
    }
  });
  return count;
}

void sort_count_fences(const Sort& sort, const std::byte* records, std::int64_t n, std::span<const KeyRange> fences,
                       std::int64_t* lows, std::int64_t* highs) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    const auto* r = reinterpret_cast<const Record*>(records);
    RangeCounter<typename Record::Key> counter(fences, lows, highs);
    for (std::int64_t i = 0; i < n; i++) counter.add(r[i].key(flip));
    counter.flush();
  });
}

void sort_take_parts(const Sort& sort, const std::byte* records, std::int64_t n, std::span<const SortFence> fences,
                     std::int64_t* seen, std::byte** to) {
  visit_records(sort, [&]<class Record>(Record) {
    const auto flip = cpu::flip_of<typename Record::Key>(sort);
    const auto* r = reinterpret_cast<const Record*>(records);
    Fences<typename Record::Key> search(fences, seen);
    if (fences.size() <= few) {
      Outlets<Record> out(to, fences.size() + 1);
      if (fences.size() <= 1) return take_few<1>(r, n, flip, search, out);
      if (fences.size() <= 3) return take_few<3>(r, n, flip, search, out);
      return take_few<few>(r, n, flip, search, out);
    }
    for (std::int64_t i = 0; i < n; i++) {
      std::byte*& at = to[search.place(r[i].key(flip))];
      if (!at) continue;
      std::memcpy(at, &r[i], sizeof r[i]);
      at += sizeof r[i];
    }
  });
}

}  // namespace tessera

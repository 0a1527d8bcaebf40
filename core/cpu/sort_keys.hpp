#pragma once
// Keys of elements and records (core/kernel/sort.hpp has the order).
#include <complex>
#include <cstring>
#include <type_traits>

#include <tessera/core/kernel/sort.hpp>
#include <tessera/core/kernel/sort_key.hpp>

namespace tessera::cpu {

/// -0 becomes 0.
template <class F>
SortKey<F> float_key(F x) {
  return sort_key(x + F(0));
}

template <class T>
struct KeyOf {
  using Key = SortKey<T>;
  static Key of(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return float_key(x);
    else
      return sort_key(x);
  }
};

// The parts one after another. With a NaN in one of them the high half is beyond the key of infinity, and says in which,
// and the other part is the low half.
template <class F>
struct KeyOf<std::complex<F>> {
  using Key = std::conditional_t<sizeof(F) == 4, std::uint64_t, WideKey>;
  static Key of(std::complex<F> x) {
    constexpr int half = 8 * sizeof(F);
    const auto re = float_key(x.real()), im = float_key(x.imag());
    const bool re_nan = re == last_key<F>, im_nan = im == last_key<F>;
    if (re_nan && im_nan) return ~Key{0};
    if (re_nan) return static_cast<Key>(last_key<F> - 1) << half | im;
    if (im_nan) return static_cast<Key>(last_key<F> - 2) << half | re;
    return static_cast<Key>(re) << half | im;
  }
};

/// An element as it is.
template <class T>
struct ElementRecord {
  using Key = typename KeyOf<T>::Key;
  T element;

  Key key(Key flip) const { return static_cast<Key>(KeyOf<T>::of(element) ^ flip); }
  T result() const { return element; }
};

/// An index, and above it a key, complemented already where the order is descending: together a number that no other
/// record has, in the order of a stable sort.
template <class K>
struct IndexRecord {
  using Key = K;
  std::uint64_t words[1 + sizeof(Key) / 8];

  Key key(Key /*flip*/) const {
    Key k;
    std::memcpy(&k, words + 1, sizeof k);
    return k;
  }
  std::int64_t result() const { return static_cast<std::int64_t>(words[0]); }
};

template <class T>
inline void make_record(ElementRecord<T>& r, T x, typename KeyOf<T>::Key /*flip*/, std::int64_t /*index*/) {
  r.element = x;
}
template <class K, class T>
inline void make_record(IndexRecord<K>& r, T x, typename KeyOf<T>::Key flip, std::int64_t index) {
  const auto key = static_cast<K>(static_cast<typename KeyOf<T>::Key>(KeyOf<T>::of(x) ^ flip));
  r.words[0] = static_cast<std::uint64_t>(index);
  std::memcpy(r.words + 1, &key, sizeof key);
}

/// What keys of elements are combined with by exclusive or.
template <class Key>
constexpr Key flip_of(const Sort& sort) {
  return sort.descending ? static_cast<Key>(~Key{0}) : Key{0};
}

/// Calls f(T{}, Record{}): the types of the elements and of their records.
template <class F>
void visit_loads(const Sort& sort, F&& f) {
  visit_dtype(sort.element, [&]<class T>(T x) {
    using Wide = std::conditional_t<sizeof(T) == 16, WideKey, std::uint64_t>;
    if (sort.indices)
      f(x, IndexRecord<Wide>{});
    else
      f(x, ElementRecord<T>{});
  });
}

/// Calls f(Record{}).
template <class F>
void visit_records(const Sort& sort, F&& f) {
  if (!sort.indices)
    visit_dtype(sort.element, [&]<class T>(T) { f(ElementRecord<T>{}); });
  else if (sort.element == DType::complex128)
    f(IndexRecord<WideKey>{});
  else
    f(IndexRecord<std::uint64_t>{});
}

}  // namespace tessera::cpu

// Histograms of the bits of keys, line by line of a box. Most elements of all passes but the first are none that are
// looked for: those between the first and the last prefix are put together, piece by piece of a line, and looked up.
#include <algorithm>
#include <cmath>
#include <limits>

#include <tessera/core/box.hpp>
#include <tessera/core/device/host_select.hpp>
#include <tessera/core/kernel/sort_key.hpp>

namespace tessera {
namespace {

constexpr std::int64_t piece = 256;

// The number of the output's prefix with which a key begins, or -1.
std::int64_t find_prefix(const std::uint64_t* prefixes, std::int64_t n, std::uint64_t begins) {
  if (n <= 4) {
    for (std::int64_t k = 0; k < n; k++)
      if (prefixes[k] == begins) return k;
    return -1;
  }
  const auto* at = std::lower_bound(prefixes, prefixes + n, begins);
  return at != prefixes + n && *at == begins ? at - prefixes : -1;
}

// Axes of a box as long lines: neighbours that are one line are put together.
struct Lines {
  Dims extent, strides, numbers;

  Lines(const Dims& e, const Dims& s, const Dims& o) {
    for (int i = 0; i < e.size(); i++) {
      const int last = extent.size() - 1;
      if (last >= 0 && strides[last] == s[i] * e[i] && numbers[last] == o[i] * e[i]) {
        extent[last] *= e[i], strides[last] = s[i], numbers[last] = o[i];
      } else if (e[i] != 1) {
        extent.push_back(e[i]), strides.push_back(s[i]), numbers.push_back(o[i]);
      }
    }
  }

  /// f(data, output, n, stride, output stride) for every line.
  template <class F>
  void for_each(const std::byte* data, std::int64_t output, F&& f) const {
    Dims outer = extent;
    const int last = outer.size() - 1;
    if (last < 0) return f(data, output, 1, 0, 0);
    outer.erase(last);
    for_each_index(outer, [&](const Dims& at) {
      const std::byte* line = data;
      std::int64_t number = output;
      for (int i = 0; i < at.size(); i++) line += at[i] * strides[i], number += at[i] * numbers[i];
      f(line, number, extent[last], strides[last], numbers[last]);
    });
  }
};

template <class T>
class Counter {
 public:
  using K = SortKey<T>;
  static constexpr int bits = static_cast<int>(8 * sizeof(K));

  Counter(const KeyPrefixes& p, std::int64_t* histogram, std::int64_t* nans, FoundKeys* found)
      : p_(p), histogram_(histogram), nans_(nans), found_(found), shift_(bits - p.known - p.digit) {}

  void line(const std::byte* data, std::int64_t output, std::int64_t n, std::int64_t stride, std::int64_t step) {
    if (step == 0 && stride == static_cast<std::int64_t>(sizeof(T)))
      p_.known == 0 ? all(reinterpret_cast<const T*>(data), output, n)
                    : few(reinterpret_cast<const T*>(data), output, n);
    else
      for (std::int64_t i = 0; i < n; i++, data += stride, output += step)
        one(*reinterpret_cast<const T*>(data), output);
  }

 private:
  std::int64_t* counts(std::int64_t output, std::int64_t prefix) const {
    return histogram_ + ((output * p_.each + prefix) << p_.digit);
  }

  void count_nan(std::int64_t output, std::int64_t n) const {
    if (std::is_floating_point_v<T> && nans_) nans_[output] += n;
  }

  // Of which nothing is known: each is counted.
  void all(const T* x, std::int64_t output, std::int64_t n) {
    std::int64_t* to = counts(output, 0);
    std::int64_t nan = 0;
    for (std::int64_t i = 0; i < n; i++) {
      const K key = sort_key(x[i]);
      to[key >> shift_]++;
      if constexpr (std::is_floating_point_v<T>) nan += x[i] != x[i] ? 1 : 0;
    }
    count_nan(output, nan);
  }

  void few(const T* x, std::int64_t output, std::int64_t n) {
    const std::int64_t used = p_.used[output];
    if (used == 0) return;
    const std::uint64_t* prefixes = p_.prefixes + output * p_.each;
    const int below = bits - p_.known;
    const K first = static_cast<K>(prefixes[0] << below);
    const K last = static_cast<K>((prefixes[used - 1] << below) + ((K{1} << (below - 1)) * 2u - 1u));
    const T low = bound(first, -1), high = bound(last, 1);
    // No branch for each element: which ones matter is not to be foretold.
    T matter[piece];
    for (std::int64_t i = 0; i < n; i += piece) {
      const std::int64_t end = std::min(n, i + piece);
      std::int64_t found = 0;
      for (std::int64_t k = i; k < end; k++) {
        matter[found] = x[k];
        found += static_cast<int>(x[k] >= low) & static_cast<int>(x[k] <= high);
      }
      for (std::int64_t k = 0; k < found; k++) one(matter[k], output);
    }
  }

  // The element of a key, as a bound: beyond the infinities are NaNs, which nobody looks for.
  static T bound(K key, int side) {
    const T x = element_of_key<T>(key);
    if constexpr (std::is_floating_point_v<T>)
      if (x != x) return side < 0 ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
    return x;
  }

  void one(T x, std::int64_t output) {
    const K key = sort_key(x);
    if (p_.known == 0) {
      counts(output, 0)[key >> shift_]++;
      if constexpr (std::is_floating_point_v<T>) count_nan(output, x != x ? 1 : 0);
      return;
    }
    const std::int64_t k = find_prefix(p_.prefixes + output * p_.each, p_.used[output], key >> (bits - p_.known));
    if (k < 0) return;
    counts(output, k)[(key >> shift_) & static_cast<K>(p_.digits() - 1)]++;
    if (!found_) return;
    found_->push(key);
    if (p_.outputs > 1) found_->push(static_cast<std::uint64_t>(output));
  }

  const KeyPrefixes& p_;
  std::int64_t *histogram_, *nans_;
  FoundKeys* found_;
  int shift_;
};

}  // namespace

void count_digits(DType element, const KeyPrefixes& prefixes, const Dims& extent, const StridedInput& from,
                  const OutputNumbers& numbers, std::int64_t* histogram, std::int64_t* nans, FoundKeys* found) {
  visit_dtype(element == DType::bool_ ? DType::uint8 : element, [&]<class T>(T) {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      Counter<T> counter(prefixes, histogram, nans, found);
      Lines(extent, from.strides, numbers.strides).for_each(from.data, numbers.first, [&](auto... line) {
        counter.line(line...);
      });
    }
  });
}

void count_found(int bits, const KeyPrefixes& p, const std::uint64_t* records, std::int64_t n,
                 std::int64_t* histogram) {
  const int below = bits - p.known, shift = below - p.digit;
  const auto mask = static_cast<std::uint64_t>(p.digits() - 1);
  const std::int64_t width = p.outputs > 1 ? 2 : 1;
  for (std::int64_t i = 0; i < n; i++) {
    const std::uint64_t key = records[i * width];
    const std::int64_t output = width > 1 ? static_cast<std::int64_t>(records[i * width + 1]) : 0;
    const std::int64_t k = find_prefix(p.prefixes + output * p.each, p.used[output], key >> below);
    if (k >= 0) histogram[((output * p.each + k) << p.digit) + static_cast<std::int64_t>((key >> shift) & mask)]++;
  }
}

}  // namespace tessera

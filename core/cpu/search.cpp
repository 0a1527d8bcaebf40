#include <tessera/core/device/host_search.hpp>

#include <algorithm>

#include <tessera/core/cpu/sort_keys.hpp>

namespace tessera {
namespace {

// Of so many values at once, so that they wait together for what is far away in memory.
constexpr std::int64_t searched_together = 16;

template <class T>
auto key_at(const std::byte* p) {
  T x;
  std::memcpy(&x, p, sizeof x);
  return cpu::KeyOf<T>::of(x);
}

// All take the same steps: the place of value i is within [places[i], places[i] + left].
template <class T, bool right, class K>
void search_together(const std::byte* sorted, std::int64_t size, const K* keys, std::int64_t n, std::int64_t* places) {
  const auto comes_before = [sorted](std::int64_t at, const K& key) {
    const K there = key_at<T>(sorted + at * static_cast<std::int64_t>(sizeof(T)));
    return static_cast<std::int64_t>(right ? there <= key : there < key);
  };
  std::int64_t left = size;
  for (; left > 1; left -= left / 2)
    for (std::int64_t i = 0; i < n; i++) places[i] += left / 2 * comes_before(places[i] + left / 2 - 1, keys[i]);
  if (left == 1)
    for (std::int64_t i = 0; i < n; i++) places[i] += comes_before(places[i], keys[i]);
}

}  // namespace

void search_sorted(DType type, const std::byte* sorted, std::int64_t size, bool right, const std::byte* values,
                   std::int64_t value_stride, std::int64_t n, std::byte* to, std::int64_t to_stride) {
  visit_dtype(type, [&]<class T>(T) {
    using K = decltype(key_at<T>(values));
    for (std::int64_t done = 0; done < n; done += searched_together) {
      const std::int64_t some = std::min(searched_together, n - done);
      K keys[searched_together];
      std::int64_t places[searched_together] = {};
      for (std::int64_t i = 0; i < some; i++) keys[i] = key_at<T>(values + (done + i) * value_stride);
      if (right)
        search_together<T, true>(sorted, size, keys, some, places);
      else
        search_together<T, false>(sorted, size, keys, some, places);
      for (std::int64_t i = 0; i < some; i++) std::memcpy(to + (done + i) * to_stride, &places[i], sizeof places[i]);
    }
  });
}

}  // namespace tessera

#include <tessera/core/device/host_search.hpp>

#include <tessera/core/cpu/sort_keys.hpp>

namespace tessera {

void search_sorted(DType type, const std::byte* sorted, std::int64_t size, bool right, const std::byte* values,
                   std::int64_t value_stride, std::int64_t n, std::byte* to, std::int64_t to_stride) {
  visit_dtype(type, [&]<class T>(T) {
    const auto key_at = [](const std::byte* p) {
      T x;
      std::memcpy(&x, p, sizeof x);
      return cpu::KeyOf<T>::of(x);
    };
    const auto item = static_cast<std::int64_t>(sizeof(T));
    for (std::int64_t i = 0; i < n; i++) {
      const auto key = key_at(values + i * value_stride);
      std::int64_t first = 0, left = size;  // the place is within [first, first + left]
      while (left > 0) {
        const std::int64_t half = left / 2;
        const auto middle = key_at(sorted + (first + half) * item);
        const bool behind = right ? middle <= key : middle < key;
        first = behind ? first + half + 1 : first;
        left = behind ? left - half - 1 : half;
      }
      std::memcpy(to + i * to_stride, &first, sizeof first);
    }
  });
}

}  // namespace tessera

#include <tessera/io/elements.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <tessera/core/box.hpp>

namespace tessera::io {
namespace {

// Calls line(first byte, count, stride) along the densest axis, for all others.
template <class Line>
void for_each_line(const Dims& extent, std::byte* data, const Dims& strides, const Line& line) {
  const int rank = extent.size();
  if (rank == 0) return line(data, std::int64_t{1}, std::int64_t{0});
  int along = rank - 1;
  for (int i = rank - 1; i >= 0; i--)
    if (extent[i] > 1 && (extent[along] == 1 || std::abs(strides[i]) < std::abs(strides[along]))) along = i;
  Dims outer = extent;
  outer[along] = std::min<std::int64_t>(1, extent[along]);
  for_each_index(outer, [&](const Dims& at) {
    std::int64_t offset = 0;
    for (int i = 0; i < rank; i++) offset += at[i] * strides[i];
    line(data + offset, extent[along], strides[along]);
  });
}

std::uint16_t swap_bytes(std::uint16_t v) { return __builtin_bswap16(v); }
std::uint32_t swap_bytes(std::uint32_t v) { return __builtin_bswap32(v); }
std::uint64_t swap_bytes(std::uint64_t v) { return __builtin_bswap64(v); }

template <class T>
void swap_at(std::byte* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  v = swap_bytes(v);
  std::memcpy(p, &v, sizeof v);
}

// Without a branch for each element: the compiler makes vectors of it.
template <class T>
bool line_contains(const RawElement& value, const std::byte* p, std::int64_t n, std::int64_t stride) {
  T wanted;
  std::memcpy(&wanted, value.data(), sizeof wanted);
  T found = 0;
  if (stride == static_cast<std::int64_t>(sizeof(T))) {
    for (std::int64_t i = 0; i < n; i++) {
      T v;
      std::memcpy(&v, p + i * static_cast<std::int64_t>(sizeof(T)), sizeof v);
      found = static_cast<T>(found | static_cast<T>(v == wanted));
    }
  } else {
    for (std::int64_t i = 0; i < n && !found; i++) {
      T v;
      std::memcpy(&v, p + i * stride, sizeof v);
      found = v == wanted;
    }
  }
  return found != 0;
}

// `parts` numbers of type T make an element: 2 of a complex one.
template <class T>
void swap_all(int parts, const Dims& extent, std::byte* data, const Dims& strides) {
  for_each_line(extent, data, strides, [&](std::byte* p, std::int64_t n, std::int64_t stride) {
    if (stride == static_cast<std::int64_t>(sizeof(T)) * parts) n *= parts, stride = sizeof(T);
    if (stride == static_cast<std::int64_t>(sizeof(T))) {
      for (std::int64_t i = 0; i < n; i++) swap_at<T>(p + i * static_cast<std::int64_t>(sizeof(T)));
    } else {
      for (std::int64_t i = 0; i < n; i++)
        for (int k = 0; k < parts; k++) swap_at<T>(p + i * stride + k * static_cast<std::int64_t>(sizeof(T)));
    }
  });
}

}  // namespace

void to_host(const Encoding& encoding, const Dims& extent, std::byte* data, const Dims& strides) {
  if (encoding.dtype == DType::bool_) {
    for_each_line(extent, data, strides, [](std::byte* p, std::int64_t n, std::int64_t stride) {
      for (std::int64_t i = 0; i < n; i++) p[i * stride] = std::byte{p[i * stride] != std::byte{0}};
    });
    return;
  }
  if (!encoding.swapped) return;
  const int parts = is_complex(encoding.dtype) ? 2 : 1;
  switch (item_size(encoding.dtype) / parts) {
    case 2:
      return swap_all<std::uint16_t>(parts, extent, data, strides);
    case 4:
      return swap_all<std::uint32_t>(parts, extent, data, strides);
    case 8:
      return swap_all<std::uint64_t>(parts, extent, data, strides);
    default:
      return;
  }
}

RawElement element_of(const Scalar& value, DType dtype) {
  RawElement raw{};
  visit_dtype(dtype, [&]<class T>(T) {
    const T v = value.as<T>();
    std::memcpy(raw.data(), &v, sizeof v);
  });
  return raw;
}

bool contains(const RawElement& value, std::int64_t item, const Dims& extent, const std::byte* data,
              const Dims& strides) {
  bool found = false;
  for_each_line(extent, const_cast<std::byte*>(data), strides,
                [&](const std::byte* p, std::int64_t n, std::int64_t stride) {
                  if (found) return;
                  if (item == 2)
                    found = line_contains<std::uint16_t>(value, p, n, stride);
                  else if (item == 4)
                    found = line_contains<std::uint32_t>(value, p, n, stride);
                  else
                    found = line_contains<std::uint64_t>(value, p, n, stride);
                });
  return found;
}

void fill(const RawElement& value, std::int64_t item, const Dims& extent, std::byte* data, const Dims& strides) {
  for_each_line(extent, data, strides, [&](std::byte* p, std::int64_t n, std::int64_t stride) {
    for (std::int64_t i = 0; i < n; i++) std::memcpy(p + i * stride, value.data(), item);
  });
}

}  // namespace tessera::io

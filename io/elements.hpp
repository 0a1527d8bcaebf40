#pragma once
// Elements as a file holds them made into elements as memory holds them: byte order, and bools that are 0 or 1.
#include <array>
#include <bit>
#include <cstddef>

#include <tessera/core/dtype.hpp>
#include <tessera/core/scalar.hpp>
#include <tessera/core/shape.hpp>

namespace tessera::io {

inline constexpr bool is_little_endian = std::endian::native == std::endian::little;

/// How the elements of a dataset lie in the file.
struct Encoding {
  DType dtype = DType::float64;
  bool swapped = false;  ///< the other byte order than this machine's
  bool half = false;     ///< the uint16 are float16, which half_store.hpp makes float32 of
  bool operator==(const Encoding&) const = default;
};

/// Converts elements in place, from the file's to the host's.
void to_host(const Encoding& encoding, const Dims& extent, std::byte* data, const Dims& strides);

/// One element as the file holds it.
using RawElement = std::array<std::byte, 16>;
/// `value` as an element of `dtype` in memory.
RawElement element_of(const Scalar& value, DType dtype);
/// Whether some element has the bytes of `value`; `item`: 2, 4 or 8 bytes.
bool contains(const RawElement& value, std::int64_t item, const Dims& extent, const std::byte* data,
              const Dims& strides);
/// Sets every element to `value`, which is as the file holds it (to_host follows).
void fill(const RawElement& value, std::int64_t item, const Dims& extent, std::byte* data, const Dims& strides);

}  // namespace tessera::io

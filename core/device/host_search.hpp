#pragma once
// Places in a sorted array, in the host's memory (core/cpu/search.cpp), by the order of sorts (core/kernel/sort.hpp).
#include <cstddef>
#include <cstdint>

#include <tessera/core/dtype.hpp>
#include <tessera/core/export.hpp>

namespace tessera {

/// Before how many of `sorted` each of `n` values comes, int64: from the left of those that are equal to it, or from their
/// right. values, to: so many bytes apart. sorted: dense, `size` elements in order.
TESSERA_API void search_sorted(DType type, const std::byte* sorted, std::int64_t size, bool right,
                               const std::byte* values, std::int64_t value_stride, std::int64_t n, std::byte* to,
                               std::int64_t to_stride);

}  // namespace tessera

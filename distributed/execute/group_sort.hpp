#pragma once
// Records sorted by several threads: each sorts a part, then parts are merged in pairs, by all threads.
#include <cstddef>
#include <cstdint>

#include <tessera/core/kernel/sort.hpp>

namespace tessera {

/// returns: where the ordered records lie, `records` or `scratch`, each with room for all. Stable.
std::byte* sort_group(const Sort& sort, int threads, std::byte* records, std::byte* scratch, std::int64_t n);
/// The results of n records, `stride` bytes apart.
void store_group(const Sort& sort, int threads, const std::byte* records, std::int64_t n, std::byte* to,
                 std::int64_t stride);

}  // namespace tessera

#pragma once
// Sorting in the host's memory (core/cpu/sort.cpp): of the host alone, as long as no device has it. Records are dense;
// their memory is aligned to 16 bytes (that of pools is to 64).
//
// What has no equals that differ is sorted by a vectorised quicksort (core/cpu/vector_sort.hpp): integers, real floats,
// keys with indices. The rest, complex numbers, by a radix sort (core/cpu/radix_sort.hpp).
#include <cstddef>
#include <cstdint>
#include <span>

#include <tessera/core/export.hpp>
#include <tessera/core/kernel/sort.hpp>

namespace tessera {

/// Keys from lo to hi, both of them with it.
struct KeyRange {
  WideKey lo = 0, hi = 0;
};

/// `n` elements, `stride` bytes apart, as records; the first has index `index`.
TESSERA_API void sort_load(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n,
                           std::int64_t index, std::byte* records);
/// In place; stable. scratch: as large.
TESSERA_API void sort_records(const Sort& sort, std::byte* records, std::byte* scratch, std::int64_t n);
/// The results of records, `stride` bytes apart.
TESSERA_API void sort_store(const Sort& sort, const std::byte* records, std::int64_t n, std::byte* to,
                            std::int64_t stride);

/// How many of the first `n` records of both together, in order, come from `a`; of equal ones those of `a` are first.
TESSERA_API std::int64_t sort_merge_cut(const Sort& sort, const std::byte* a, std::int64_t na, const std::byte* b,
                                        std::int64_t nb, std::int64_t n);
/// Merges two ordered runs; of equal records those of `a` are first.
TESSERA_API void sort_merge(const Sort& sort, const std::byte* a, std::int64_t na, const std::byte* b, std::int64_t nb,
                            std::byte* to);

/// Adds to counts[p << bits | digit] the elements whose key has prefixes[p] above bit shift + bits, and this digit below
/// that. prefixes: ascending, no two alike.
TESSERA_API void sort_count(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n,
                            std::span<const WideKey> prefixes, int shift, int bits, std::int64_t* counts);
/// The same of keys.
TESSERA_API void sort_count(std::span<const WideKey> keys, std::span<const WideKey> prefixes, int shift, int bits,
                            std::int64_t* counts);
/// The keys of elements that have one of the prefixes above bit `shift`. returns: how many. to: null counts them.
TESSERA_API std::int64_t sort_keys_within(const Sort& sort, const std::byte* elements, std::int64_t stride,
                                          std::int64_t n, std::span<const WideKey> prefixes, int shift, WideKey* to);

/// Adds elements to numbers by their keys: lows[i] of those that i ranges begin at or before, highs[i] of those that i
/// ranges end before. ranges: ascending, disjoint or alike; one number more than there are of them.
TESSERA_API void sort_count_ranges(const Sort& sort, const std::byte* elements, std::int64_t stride, std::int64_t n,
                                   std::span<const KeyRange> ranges, std::int64_t* lows, std::int64_t* highs);
/// The same of records, of which fences want to know how many have smaller keys than theirs, and their keys.
TESSERA_API void sort_count_fences(const Sort& sort, const std::byte* records, std::int64_t n,
                                   std::span<const KeyRange> fences, std::int64_t* lows, std::int64_t* highs);
/// The keys of elements that lie in ranges, which are disjoint. returns: how many.
TESSERA_API std::int64_t sort_keys_in_ranges(const Sort& sort, const std::byte* elements, std::int64_t stride,
                                             std::int64_t n, std::span<const KeyRange> ranges, WideKey* to);

/// Puts records behind k fences, which ascend, at to[k], which goes on; null drops them. seen[k]: how many of the key of
/// fence k came before; goes on.
TESSERA_API void sort_take_parts(const Sort& sort, const std::byte* records, std::int64_t n,
                                 std::span<const SortFence> fences, std::int64_t* seen, std::byte** to);

}  // namespace tessera

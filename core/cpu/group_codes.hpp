#pragma once
// Which groups elements belong to, as int32; -1: none.
#include <cstddef>
#include <cstdint>
#include <optional>

#include <tessera/core/device/host_groups.hpp>

namespace tessera::cpu {

/// Elements whose groups are looked for together: they stay in the nearest cache.
inline constexpr std::int64_t group_block = 1024;

/// Of `n` labels, `stride` bytes apart, of [least, groups). returns: which one is wrong, if there is one.
std::optional<std::int64_t> codes_of_labels(DType type, const std::byte* labels, std::int64_t stride, std::int64_t n,
                                            std::int64_t least, std::int64_t groups, std::int32_t* codes);
/// Of `n` numbers the bins; at most group_block. Not the first axis of bins: codes are those of the axes before it, and
/// become those of this one, too.
void codes_of_bins(DType type, const BinEdges& edges, const std::byte* numbers, std::int64_t stride, std::int64_t n,
                   bool first, std::int32_t* codes);

}  // namespace tessera::cpu

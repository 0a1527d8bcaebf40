#pragma once
// Scans of a box, in the order that core/kernel/scan.hpp fixes: of the host alone, in its memory (core/cpu/scan.cpp), as
// long as no device has them. The last axis of the box is dense on both sides. States are dense, row-major over the other axes, in the order of the pieces where there is one a piece.
#include <cstddef>
#include <cstdint>

#include <tessera/core/kernel/scan.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera {

/// totals: a state for each piece of the box, which begins at a piece's first element.
TESSERA_API void scan_totals(const Scan& scan, const Dims& extent, int axis, const StridedInput& from,
                             std::byte* totals);
/// Of n positions: totals[k] becomes `within`, the fold of the chunk before piece k, and `within` goes on behind all of
/// them.
TESSERA_API void scan_pieces(const Scan& scan, std::int64_t n, std::int64_t pieces, std::byte* totals,
                             std::byte* within);
/// into[i] = into[i] (+) from[i]
TESSERA_API void scan_combine(const Scan& scan, std::int64_t n, std::byte* into, const std::byte* from);
/// totals[o][k][i] becomes the fold of totals[o][0][i] ... totals[o][k][i]; at least one chunk.
TESSERA_API void scan_chunks(const Scan& scan, std::int64_t outer, std::int64_t chunks, std::int64_t inner,
                             std::byte* totals);
/// States that change nothing: -0 of sums (which leaves even -0 as it is), 1, the other extreme, NaN.
TESSERA_API void scan_nothing(const Scan& scan, std::int64_t n, std::byte* states);
/// The elements: carry (+) (within[piece] (+) local). `to` may be the memory of `from`.
TESSERA_API void scan_elements(const Scan& scan, const Dims& extent, int axis, const StridedInput& from,
                               const std::byte* carry, const std::byte* within, const StridedOutput& to);

}  // namespace tessera

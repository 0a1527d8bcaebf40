#pragma once
// How a product of stacks of matrices is cut, from shapes alone: C[b, i, j] = sum over k of A[b, i, k] B[b, k, j]. The cuts
// are the order of additions, so ranks, threads and budget decide none of them.
//   chunk     of C: computed by the same calls wherever it is computed
//   block     of k: what one call adds up; calls follow one another
//   segment   of k: whole blocks, added up from 0 on; a product with few elements of C has several (100 x 10^6 by 10^6 x
//             100 has 62), which a FixedTree adds
// 8192 x 8192 by 8192 x 8192 in float64 is 64 chunks of 1024 x 1024, in 8 calls each.
#include <cstdint>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/export.hpp>

namespace tessera {

/// Elements of k that one call takes.
inline constexpr std::int64_t contraction_block = 1024;

/// The chunks of C, of shape (..., m, n).
TESSERA_API ChunkGrid contraction_chunks(const Shape& shape, std::int64_t k);
/// The segments of k. stack: matrices of C.
TESSERA_API AxisChunks contraction_segments(std::int64_t stack, std::int64_t m, std::int64_t n, std::int64_t k);

}  // namespace tessera

#pragma once
// Random numbers on SIMD registers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC'11). Keyed by (seed, stream); element i uses counter i / k, lane i mod k, with k = 128 / bits per draw (2 for
// float64, 4 for float32), so a value depends on nothing but its key and its index.
#include <cstdint>

#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/random_key.hpp>

namespace tessera::cpu {

/// Elements first ... first + count - 1 of the uniform stream in [0, 1), as float32 or float64. Same bits on every
/// target.
TESSERA_API void uniform(DType type, RandomKey key, std::uint64_t first, std::int64_t count, void* out);
/// The same of the standard normal distribution (Box, Muller 1958: one Philox call gives k uniforms, hence k normals).
TESSERA_API void normal(DType type, RandomKey key, std::uint64_t first, std::int64_t count, void* out);
/// out[i] = start + (first + i) * step in float64 or int64 arithmetic, converted to `type`.
TESSERA_API void arange(DType type, double start, double step, std::uint64_t first, std::int64_t count, void* out);
TESSERA_API void arange(DType type, std::int64_t start, std::int64_t step, std::uint64_t first, std::int64_t count,
                        void* out);

}  // namespace tessera::cpu

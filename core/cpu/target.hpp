#pragma once
// Which SIMD instructions and which family of math functions the kernels of this process use.
#include <cstdint>
#include <string>
#include <vector>

#include <tessera/core/export.hpp>

namespace tessera::cpu {

enum class Target : std::uint8_t { sse4, avx2, avx512 };
/// SLEEF's deterministic functions with and without fused multiply-add. The two differ in the last bit, so all ranks of a
/// session agree on one; within a family every target gives the same bits.
enum class MathFamily : std::uint8_t { no_fma, fma };

/// What this processor can run, slowest first.
TESSERA_API std::vector<Target> supported_targets();
TESSERA_API bool supports_fma();
/// The target in use: the best supported one, or TESSERA_SIMD=sse4|avx2|avx512 from the environment.
TESSERA_API Target target();
/// For tests and for agreement across ranks. Takes effect for kernels compiled afterwards. throws ValueError when unsupported.
TESSERA_API void set_target(Target target);
TESSERA_API MathFamily math_family();
TESSERA_API void set_math_family(MathFamily family);
TESSERA_API std::string to_string(Target target);

}  // namespace tessera::cpu

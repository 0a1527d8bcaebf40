#pragma once
// The innermost loops of stencils: one line of elements side by side. Compiled for each target.
#include <cstddef>
#include <cstdint>

#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/stencil.hpp>

namespace tessera::cpu {

/// from: the element at distance 0 of the first; distances: of the taps, in bytes. ordered: room for
/// ranked_room(taps) bytes, of ranked stencils.
using StencilLine = void (*)(const Stencil& stencil, const std::int64_t* distances, const std::byte* from,
                             std::int64_t n, std::byte* to, std::byte* ordered);
/// Elements that a ranked stencil orders side by side.
inline constexpr std::int64_t ranked_block = 32;
inline constexpr std::int64_t ranked_room(std::size_t taps) {
  return static_cast<std::int64_t>(taps) * ranked_block * 8;
}

StencilLine stencil_line_of_baseline(StencilKind kind, DType type);
StencilLine stencil_line_of_avx2(StencilKind kind, DType type);
StencilLine stencil_line_of_avx512(StencilKind kind, DType type);

}  // namespace tessera::cpu

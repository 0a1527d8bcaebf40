#pragma once
// Stencils in the host's memory (core/cpu/stencil.cpp).
#include <tessera/core/box.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/kernel/stencil.hpp>

namespace tessera {

/// A box of a stencil's elements.
struct StencilPart {
  Dims extent;            ///< of the box
  const std::byte* from;  ///< where the element lies that stands at the first of the box; it need not be there
  Dims strides;           ///< in bytes, of `from`
  Box source;             ///< of what there is, counted from the first of the box
  std::byte* to;
  Dims to_strides{};  ///< in bytes, of `to`, whose last axis is dense; empty: all of it is

  Dims result_strides(std::int64_t item) const {
    return to_strides.empty() ? row_major_strides(extent, item) : to_strides;
  }
};

/// Bytes of scratch for boxes up to this extent.
TESSERA_API Amount stencil_scratch_bytes(const Stencil& stencil, DType type, const Dims& extent);
/// type: a real one. All that the taps reach within part.source must be in memory.
TESSERA_API void apply_stencil(const Stencil& stencil, DType type, const StencilPart& part, std::byte* scratch);

}  // namespace tessera

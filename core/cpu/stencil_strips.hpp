#pragma once
// Sums of many elements each. Where the taps reach along the last axis and at most one other, a strip of lines is put
// together once, in the dtype of sums, in memory that stays in the nearest cache while all sums that it is part of are made.
// Elements that have this dtype are used where they lie unless sums are made of more lines than a set of the cache has room
// for: lines of an array are often a power of two apart.
#include <tessera/core/cpu/stencil_lines.hpp>
#include <tessera/core/shape.hpp>

namespace tessera::cpu {

/// Whether that is done with boxes up to an extent, and of how many elements at a time.
struct SumStrips {
  SumStrips(const Stencil& stencil, DType type, const Dims& extent);
  explicit operator bool() const { return width > 0; }
  /// Bytes of a strip, of this box or smaller ones.
  std::int64_t room() const { return room_; }

  std::int64_t item = 8;               ///< bytes of an element of it
  int axis = -1;                       ///< along which lines follow one another; -1: a strip is one line
  std::int64_t width = 0, lines = 1;   ///< of what is made of a strip
  std::int64_t pitch = 0, height = 1;  ///< of a strip
  std::int64_t beside = 0;             ///< how much wider it is than what is made of it
  std::int64_t left = 0, above = 0;    ///< how far it reaches before what is made of it

 private:
  std::int64_t room_ = 0;
};

/// A box of elements whose taps all lie at distances by `strides` from `from`, where the element at distance 0 of its first one
/// is. Elements of a line lie side by side.
struct StripBox {
  Dims extent;
  const std::byte* from;
  Dims strides;  ///< in bytes
  std::byte* to;
  Dims to_strides;  ///< in bytes
};
/// terms: room for those of the stencil; room: for a strip of a box of this extent or larger.
void sum_by_strips(const Stencil& stencil, DType type, const StencilLoops& loops, const StripBox& box,
                   PlacedTerm* terms, std::byte* room);

}  // namespace tessera::cpu

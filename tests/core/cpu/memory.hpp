#pragma once
// Operands and results of kernels, lying in every way.
#include <vector>

#include <tessera/core/cpu/kernel.hpp>

#include "element.hpp"

namespace tessera::cpu::reference {

/// An array with strides (in bytes) inside a buffer whose every other byte must stay as it is.
struct Memory {
  DType type;
  Dims extent, strides;
  std::int64_t origin = 0;  ///< byte offset of the first element
  std::vector<unsigned char> bytes, before;

  /// `layout`: how the axes lie; `step` > 1 leaves gaps on the last axis.
  enum class Layout { dense, fortran, reversed, gaps, broadcast_last, broadcast_first };
  Memory(DType t, const Dims& e, Layout layout);
  std::int64_t offset(const Dims& at) const;
  Element get(const Dims& at) const;
  void set(const Dims& at, const Element& e);
  void fill(std::uint64_t seed);
  StridedInput operand() const { return {reinterpret_cast<const std::byte*>(bytes.data()) + origin, strides}; }
  StridedOutput result() { return {reinterpret_cast<std::byte*>(bytes.data()) + origin, strides}; }
  /// Bytes that belong to no element have not changed since `fill` or construction.
  bool gaps_untouched() const;
};

}  // namespace tessera::cpu::reference

#pragma once
// What the kernels are checked against: one element at a time, no SIMD, no code of the kernels.
#include <complex>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/target.hpp>

namespace tessera::cpu::reference {

/// One element of any dtype.
struct Element {
  DType type = DType::float64;
  unsigned char bytes[16] = {};
  template <class T>
  T as() const {
    T v;
    std::memcpy(&v, bytes, sizeof v);
    return v;
  }
  template <class T>
  static Element of(T v) {
    Element e;
    e.type = dtype_of<T>;
    std::memcpy(e.bytes, &v, sizeof v);
    return e;
  }
};

/// The operation on single elements, as NumPy defines it.
Element apply(const Instruction& in, const Element& a, const Element& b, const Element& c);
/// The operation to 64 bits of precision, for those that round (ulps > 0 in the table); nothing for the others.
std::optional<long double> exact(Op op, long double a, long double b);
/// All outputs of a Program for one element of each input.
std::vector<Element> evaluate(const Program& p, const std::vector<Element>& inputs,
                              const std::vector<Element>& scalars);

/// Equal bits, or both NaN (in each part).
bool same(const Element& a, const Element& b);
/// As same, but floats may differ by `ulps` units in the last place of the larger part, or of `least` when that is
/// larger.
bool close(const Element& a, const Element& b, double ulps, double least = 0);
std::string show(const Element& e);

/// A few values that bite (zeros, ends, NaN, infinities), then pseudo-random ones; the i-th of stream `seed`.
Element sample(DType t, std::uint64_t seed, std::uint64_t i);

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
  Operand operand() const { return {reinterpret_cast<const std::byte*>(bytes.data()) + origin, strides}; }
  Result result() { return {reinterpret_cast<std::byte*>(bytes.data()) + origin, strides}; }
  /// Bytes that belong to no element have not changed since `fill` or construction.
  bool gaps_untouched() const;
};

/// f() once for each supported target; the target and family are set back afterwards.
void for_each_target(const std::function<void(Target)>& f);

}  // namespace tessera::cpu::reference

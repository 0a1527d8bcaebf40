#pragma once
// One element of any dtype: compared, shown, drawn.
#include <cstdint>
#include <cstring>
#include <string>

#include <tessera/core/dtype.hpp>

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

/// Equal bits, or both NaN (in each part).
bool same(const Element& a, const Element& b);
/// As same, but floats may differ by `ulps` units in the last place of the larger part, or of `least` when that is
/// larger.
bool close(const Element& a, const Element& b, double ulps, double least = 0);
std::string show(const Element& e);

/// A few values that bite (zeros, ends, NaN, infinities), then pseudo-random ones; the i-th of stream `seed`.
Element sample(DType t, std::uint64_t seed, std::uint64_t i);

}  // namespace tessera::cpu::reference

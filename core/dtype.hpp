#pragma once
// Element types, and the promotion table of the Array API standard (2024.12).
#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tessera/core/export.hpp>

namespace tessera {

enum class DType : std::uint8_t {
  bool_,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  complex64,
  complex128
};
inline constexpr int dtype_count = 13;

/// The kinds, in the order in which Python scalars promote: bool < integer < real < complex.
enum class Kind : std::uint8_t { boolean, integer, real, complex };

/// One element in bytes. A bool is one byte, 0 or 1.
constexpr std::int64_t item_size(DType t) {
  constexpr std::int64_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16};
  return sizes[static_cast<int>(t)];
}
constexpr Kind kind_of(DType t) {
  return t == DType::bool_     ? Kind::boolean
         : t <= DType::uint64  ? Kind::integer
         : t <= DType::float64 ? Kind::real
                               : Kind::complex;
}
constexpr bool is_integer(DType t) { return kind_of(t) == Kind::integer; }
constexpr bool is_signed_integer(DType t) { return t >= DType::int8 && t <= DType::int64; }
constexpr bool is_unsigned_integer(DType t) { return t >= DType::uint8 && t <= DType::uint64; }
constexpr bool is_real_floating(DType t) { return t == DType::float32 || t == DType::float64; }
constexpr bool is_complex(DType t) { return kind_of(t) == Kind::complex; }
constexpr bool is_inexact(DType t) { return t >= DType::float32; }

/// NumPy's name: "float64", "bool", ...
TESSERA_API std::string to_string(DType t);
/// The dtype of a NumPy name ("float64", "f8", "<f4", "?", "int", "bool_"); nothing when there is none.
TESSERA_API std::optional<DType> parse_dtype(std::string_view name);

/// The common dtype of two arrays. Beyond the standard's table, mixed kinds follow NumPy:
/// integer with float gives the smallest float that holds both (int32 + float32 -> float64), uint64 + int64 -> float64.
TESSERA_API DType promote(DType a, DType b);
/// The dtype of an array of `array` with a Python scalar of `scalar` kind (weak by kind, as in NumPy 2).
TESSERA_API DType promote_weak(DType array, Kind scalar);
/// float64 for bool and integers, else the dtype itself: what sqrt, exp, divide ... compute in. (NumPy gives float16 or
/// float32 to 8 and 16 bit integers; Tessera, like the Array API's advice to be predictable, always float64.)
TESSERA_API DType to_inexact(DType t);
/// float32 for complex64, float64 for complex128, else the dtype itself.
constexpr DType real_part(DType t) {
  return t == DType::complex64 ? DType::float32 : t == DType::complex128 ? DType::float64 : t;
}

template <class T>
struct dtype_of_impl;
#define TESSERA_DTYPE(cpp, name)                \
  template <>                                   \
  struct dtype_of_impl<cpp> {                   \
    static constexpr DType value = DType::name; \
  };
TESSERA_DTYPE(bool, bool_)
TESSERA_DTYPE(std::int8_t, int8) TESSERA_DTYPE(std::int16_t, int16) TESSERA_DTYPE(std::int32_t, int32)
    TESSERA_DTYPE(std::int64_t, int64) TESSERA_DTYPE(std::uint8_t, uint8) TESSERA_DTYPE(std::uint16_t, uint16)
        TESSERA_DTYPE(std::uint32_t, uint32) TESSERA_DTYPE(std::uint64_t, uint64) TESSERA_DTYPE(float, float32)
            TESSERA_DTYPE(double, float64) TESSERA_DTYPE(std::complex<float>, complex64)
                TESSERA_DTYPE(std::complex<double>, complex128)
#undef TESSERA_DTYPE
                    template <class T>
                    inline constexpr DType dtype_of = dtype_of_impl<T>::value;

/// Calls `f(T{})` with the C++ type of `t`: visit_dtype(t, [&]<class T>(T) { ... }).
template <class F>
decltype(auto) visit_dtype(DType t, F&& f) {
  switch (t) {
    case DType::bool_:
      return f(bool{});
    case DType::int8:
      return f(std::int8_t{});
    case DType::int16:
      return f(std::int16_t{});
    case DType::int32:
      return f(std::int32_t{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::uint8:
      return f(std::uint8_t{});
    case DType::uint16:
      return f(std::uint16_t{});
    case DType::uint32:
      return f(std::uint32_t{});
    case DType::uint64:
      return f(std::uint64_t{});
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::complex64:
      return f(std::complex<float>{});
    default:
      return f(std::complex<double>{});
  }
}

}  // namespace tessera

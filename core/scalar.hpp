#pragma once
// A number outside an array: weak by kind as in NumPy 2, so `x + 2` keeps the dtype of x where the value fits.
#include <complex>
#include <concepts>
#include <cstdint>
#include <string>
#include <variant>

#include <tessera/core/dtype.hpp>
#include <tessera/core/export.hpp>

namespace tessera {

/// A bool, an integer of either signedness, a real or a complex number. Converts from the C++ types.
class TESSERA_API Scalar {
 public:
  Scalar() : value_(std::int64_t{0}) {}
  template <class T>
  requires(std::is_arithmetic_v<T>) Scalar(T v) {  // NOLINT: implicit on purpose, `x + 2` is the point
    if constexpr (std::same_as<T, bool>)
      value_ = v;
    else if constexpr (std::unsigned_integral<T>)
      value_ = static_cast<std::uint64_t>(v);
    else if constexpr (std::integral<T>)
      value_ = static_cast<std::int64_t>(v);
    else
      value_ = static_cast<double>(v);
  }
  Scalar(std::complex<double> v) : value_(v) {}                       // NOLINT
  Scalar(std::complex<float> v) : value_(std::complex<double>(v)) {}  // NOLINT

  Kind kind() const;
  /// The dtype that it has on its own: bool, int64 (uint64 beyond it), float64 or complex128.
  DType default_dtype() const;
  /// The value converted to T as a C++ cast does (complex to real takes the real part).
  template <class T>
  T as() const {
    return std::visit(
        [](auto v) -> T {
          using V = decltype(v);
          if constexpr (std::same_as<V, std::complex<double>>) {
            if constexpr (requires { typename T::value_type; })
              return T(static_cast<typename T::value_type>(v.real()), static_cast<typename T::value_type>(v.imag()));
            else
              return static_cast<T>(v.real());
          } else if constexpr (requires { typename T::value_type; }) {
            return T(static_cast<typename T::value_type>(v));
          } else {
            return static_cast<T>(v);
          }
        },
        value_);
  }
  /// True when an array of dtype `t` can hold the value exactly enough for NumPy 2: an integer must be in range of an
  /// integer dtype.
  bool fits(DType t) const;
  bool operator==(const Scalar&) const = default;

 private:
  friend TESSERA_API std::string to_string(const Scalar&);
  std::variant<bool, std::int64_t, std::uint64_t, double, std::complex<double>> value_;
};

/// As Python prints it, with enough digits to round-trip: 2, 0.1, (1+2j), True.
TESSERA_API std::string to_string(const Scalar& s);

}  // namespace tessera

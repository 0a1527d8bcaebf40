#include "scalar_arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace tessera::language {
namespace {

using Wide = __int128;  // holds every sum of 64-bit integers; products are checked
using Complex = std::complex<double>;

Wide wide(const Scalar& s) {
  const auto u = s.as<std::uint64_t>();
  const bool is_unsigned = s.kind() == Kind::integer && s.default_dtype() == DType::uint64;
  return is_unsigned ? static_cast<Wide>(u) : static_cast<Wide>(s.as<std::int64_t>());
}

[[noreturn]] void overflow(std::string_view symbol) {
  throw ValueError("the integer result of '" + std::string(symbol) +
                   "' does not fit in 64 bits; with a decimal point it is a float");
}

Scalar narrow(std::string_view symbol, Wide v) {
  if (v >= std::numeric_limits<std::int64_t>::min() && v <= std::numeric_limits<std::int64_t>::max())
    return static_cast<std::int64_t>(v);
  if (v > 0 && v <= std::numeric_limits<std::uint64_t>::max()) return static_cast<std::uint64_t>(v);
  overflow(symbol);
}

[[noreturn]] void no_operation(std::string_view symbol, Kind kind) {
  constexpr const char* names[] = {"bools", "integers", "floats", "complex numbers"};
  std::string hint;
  if (symbol == "^" && kind >= Kind::real) hint = "; for a power use **";
  throw ValueError("'" + std::string(symbol) + "' does not work on " + names[static_cast<int>(kind)] + hint);
}

Wide integer_power(Wide base, Wide exponent) {
  Wide result = 1;
  while (exponent > 0) {
    if (exponent & 1) {
      if (__builtin_mul_overflow(result, base, &result)) overflow("**");
    }
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) overflow("**");
  }
  return result;
}

Wide floor_quotient(Wide a, Wide b) {
  const Wide q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

Scalar integer_operation(std::string_view s, Wide a, Wide b) {
  if ((s == "/" || s == "//" || s == "%") && b == 0) throw ValueError("division by zero");
  if (s == "+") return narrow(s, a + b);
  if (s == "-") return narrow(s, a - b);
  if (s == "*") {
    Wide product;
    if (__builtin_mul_overflow(a, b, &product)) overflow(s);
    return narrow(s, product);
  }
  if (s == "/") return static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b));
  if (s == "//") return narrow(s, floor_quotient(a, b));
  if (s == "%") return narrow(s, a - floor_quotient(a, b) * b);
  if (s == "**") {
    if (b >= 0) return narrow(s, integer_power(a, b));
    if (a == 0) throw ValueError("0 can't be raised to a negative power");
    return std::pow(static_cast<double>(a), static_cast<double>(b));
  }
  if (s == "&") return narrow(s, a & b);
  if (s == "|") return narrow(s, a | b);
  if (s == "^") return narrow(s, a ^ b);
  if (b < 0) throw ValueError("negative shift count");
  if (s == ">>") return narrow(s, b > 126 ? (a < 0 ? -1 : 0) : a >> b);
  if (a != 0 && b > 63) overflow(s);
  return narrow(s, a * (Wide{1} << std::min<Wide>(b, 64)));
}

/// CPython's float_divmod: the remainder has the divisor's sign.
std::pair<double, double> floor_divide_floats(double a, double b) {
  if (b == 0) throw ValueError("division by zero");
  double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0) {
    if ((b < 0) != (remainder < 0)) remainder += b, quotient -= 1;
  } else {
    remainder = std::copysign(0.0, b);
  }
  if (quotient == 0) return {std::copysign(0.0, a / b), remainder};
  double rounded = std::floor(quotient);
  if (quotient - rounded > 0.5) rounded += 1;
  return {rounded, remainder};
}

Scalar real_power(double a, double b) {
  if (a == 0 && b < 0) throw ValueError("0 can't be raised to a negative power");
  if (a < 0 && std::isfinite(a) && std::isfinite(b) && std::floor(b) != b) return std::pow(Complex(a), Complex(b));
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b))
    throw ValueError("the result of '**' is beyond the range of float64");
  return result;
}

Scalar real_operation(std::string_view s, double a, double b) {
  if (s == "+") return a + b;
  if (s == "-") return a - b;
  if (s == "*") return a * b;
  if (s == "/" && b == 0) throw ValueError("division by zero");
  if (s == "/") return a / b;
  if (s == "//") return floor_divide_floats(a, b).first;
  if (s == "%") return floor_divide_floats(a, b).second;
  if (s == "**") return real_power(a, b);
  no_operation(s, Kind::real);
}

/// Small integer powers by multiplication, as CPython does: (1j)**2 is exactly -1.
Complex integer_power(Complex base, int exponent) {
  Complex result(1);
  for (int n = std::abs(exponent); n > 0; n >>= 1, base *= base)
    if (n & 1) result *= base;
  return exponent < 0 ? Complex(1) / result : result;
}

Scalar complex_operation(std::string_view s, Complex a, Complex b) {
  if (s == "+") return a + b;
  if (s == "-") return a - b;
  if (s == "*") return a * b;
  if (s == "/" && b == Complex()) throw ValueError("division by zero");
  if (s == "/") return a / b;
  if (s == "**" && b == Complex()) return Complex(1);
  if (s == "**" && a == Complex()) {
    if (b.imag() != 0 || b.real() < 0) throw ValueError("0 can't be raised to a negative or complex power");
    return Complex();
  }
  if (s == "**" && b.imag() == 0 && std::abs(b.real()) <= 100 && std::floor(b.real()) == b.real())
    return integer_power(a, static_cast<int>(b.real()));
  if (s == "**") return std::pow(a, b);
  no_operation(s, Kind::complex);
}

/// long double holds every 64-bit integer and every double: mixed comparisons are exact, as Python's are.
template <class T>
bool compare(std::string_view s, T a, T b) {
  if (s == "<") return a < b;
  if (s == "<=") return a <= b;
  if (s == ">") return a > b;
  return a >= b;
}

long double exact(const Scalar& s) {
  return s.kind() == Kind::real ? s.as<double>() : static_cast<long double>(wide(s));
}

}  // namespace

Scalar apply_unary(std::string_view symbol, const Scalar& a) {
  const Kind kind = a.kind();
  if (symbol == "~") {
    if (kind >= Kind::real) no_operation(symbol, kind);
    if (kind == Kind::boolean) return !a.as<bool>();
    return narrow(symbol, -wide(a) - 1);
  }
  if (kind <= Kind::integer) return narrow(symbol, symbol == "-" ? -wide(a) : wide(a));
  if (symbol == "+") return a;
  if (kind == Kind::real) return -a.as<double>();
  return -a.as<Complex>();
}

Scalar apply_binary(std::string_view symbol, const Scalar& a, const Scalar& b) {
  const Kind kind = std::max(a.kind(), b.kind());
  if (symbol == "==" || symbol == "!=") {
    const bool equal = kind == Kind::complex ? a.as<Complex>() == b.as<Complex>() : exact(a) == exact(b);
    return equal == (symbol == "==");
  }
  if (symbol[0] == '<' || symbol[0] == '>') {
    if (symbol != "<<" && symbol != ">>") {
      if (kind == Kind::complex) no_operation(symbol, kind);
      return compare(symbol, exact(a), exact(b));
    }
    if (kind >= Kind::real) no_operation(symbol, kind);
  }
  if (kind == Kind::boolean && (symbol == "&" || symbol == "|" || symbol == "^"))
    return narrow(symbol, wide(integer_operation(symbol, wide(a), wide(b)))).as<bool>();
  if (kind <= Kind::integer) return integer_operation(symbol, wide(a), wide(b));
  if (kind == Kind::real) return real_operation(symbol, a.as<double>(), b.as<double>());
  return complex_operation(symbol, a.as<Complex>(), b.as<Complex>());
}

}  // namespace tessera::language

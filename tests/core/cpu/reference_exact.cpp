// Functions that are rounded once, from long double.
#include <cmath>
#include <limits>
#include <numbers>

#include "reference.hpp"

namespace tessera::cpu::reference {
namespace {

std::optional<long double> wide_function(Op op, long double a) {
  switch (op) {
    case Op::cbrt:
      return cbrtl(a);
    case Op::exp:
      return expl(a);
    case Op::exp2:
      return exp2l(a);
    case Op::exp10:
      return exp10l(a);
    case Op::expm1:
      return expm1l(a);
    case Op::log:
      return logl(a);
    case Op::log2:
      return log2l(a);
    case Op::log10:
      return log10l(a);
    case Op::log1p:
      return log1pl(a);
    case Op::sin:
      return sinl(a);
    case Op::cos:
      return cosl(a);
    case Op::tan:
      return tanl(a);
    case Op::asin:
      return asinl(a);
    case Op::acos:
      return acosl(a);
    case Op::atan:
      return atanl(a);
    case Op::sinh:
      return sinhl(a);
    case Op::cosh:
      return coshl(a);
    case Op::tanh:
      return tanhl(a);
    case Op::asinh:
      return asinhl(a);
    case Op::acosh:
      return acoshl(a);
    case Op::atanh:
      return atanhl(a);
    case Op::sinc: {
      const long double n = nearbyintl(a), pi = std::numbers::pi_v<long double>;
      const long double sine = sinl(pi * (a - n)) * (fmodl(n, 2) == 0 ? 1 : -1);
      return a == 0 ? 1.0L : sine / (pi * a) + 0.0L;
    }
    case Op::deg2rad:
      return a * (std::numbers::pi_v<long double> / 180);
    case Op::rad2deg:
      return a * (180 / std::numbers::pi_v<long double>);
    case Op::erf:
      return erfl(a);
    case Op::erfc:
      return erfcl(a);
    case Op::i0: {  // the power series: every term is positive
      if (fabsl(a) > 1000) return std::numeric_limits<long double>::infinity();  // beyond the range of double
      long double sum = 1, term = 1;
      for (int k = 1; k < 2000 && term > sum * 1e-21L; k++) sum += term *= (a / 2 / k) * (a / 2 / k);
      return sum;
    }
    default:
      return std::nullopt;
  }
}
std::optional<long double> wide_function(Op op, long double a, long double b) {
  switch (op) {
    case Op::hypot:
      return hypotl(a, b);
    case Op::atan2:
      return atan2l(a, b);
    case Op::pow:
      return powl(a, b);
    case Op::logaddexp:
      return a == b ? a + std::numbers::ln2_v<long double>
                    : std::max(a, b) + log1pl(expl(-fabsl(a - b))) + (std::isnan(a - b) ? a - b : 0);
    case Op::logaddexp2:
      return a == b ? a + 1
                    : std::max(a, b) + log1pl(exp2l(-fabsl(a - b))) * std::numbers::log2e_v<long double> +
                          (std::isnan(a - b) ? a - b : 0);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<long double> exact(Op op, long double a, long double b) {
  return info(op).arity == 1 ? wide_function(op, a) : wide_function(op, a, b);
}

}  // namespace tessera::cpu::reference

#include <tessera/core/ops/parts.hpp>

#include <cmath>
#include <limits>

#include <tessera/core/ops/quantity.hpp>

namespace tessera {
namespace {

Array rounded(const Array& x, std::int64_t decimals) {
  if (decimals == 0) return rint(x);
  const double ten = std::pow(10.0, static_cast<double>(std::abs(decimals)));
  return decimals > 0 ? rint(x * ten) / ten : rint(x / ten) * ten;
}

Array finite(const Array& x, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  const bool narrow = x.dtype() == DType::float32;
  const double most = narrow ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  return where(isnan(x), nan, where(isposinf(x), posinf.value_or(most), where(isneginf(x), neginf.value_or(-most), x)));
}

}  // namespace

std::pair<Array, Array> divmod(const Operand& a, const Operand& b) { return {floor_divide(a, b), remainder(a, b)}; }

std::pair<Array, Array> frexp(const Array& x) { return {frexp_mantissa(x), frexp_exponent(x)}; }

std::pair<Array, Array> modf(const Array& x) {
  const Array value = astype(x, is_inexact(x.dtype()) ? x.dtype() : DType::float64), whole = trunc(value);
  return {copysign(where(isinf(value), 0.0, value - whole), value), whole};
}

Array angle(const Array& z, bool degrees) {
  const Array radians = atan2(imag(z), real(z));
  return degrees ? radians * (180 / M_PI) : radians;
}

Array fabs(const Array& x) {
  if (is_complex(x.dtype())) throw DTypeError("fabs: not defined for " + to_string(x.dtype()) + "; use abs(x)");
  return abs(astype(x, to_inexact(x.dtype())));
}

Array float_power(const Operand& a, const Operand& b) {
  const auto wide = [](const Operand& o) -> Operand {
    if (const auto* x = o.array()) return astype(*x, promote(x->dtype(), DType::float64));
    return o.scalar()->kind() < Kind::real ? Scalar(o.scalar()->as<double>()) : *o.scalar();
  };
  return pow(wide(a), wide(b));
}

Array round(const Array& x, std::int64_t decimals) {
  if (decimals > 300 || decimals < -300)
    throw ValueError("round: " + std::to_string(decimals) + " decimals are beyond the range of floats");
  const DType t = x.dtype();
  if (is_complex(t)) return with_quantity(complex(rounded(real(x), decimals), rounded(imag(x), decimals)), x);
  if (is_inexact(t)) return with_quantity(rounded(x, decimals), x);
  if (decimals >= 0 || t == DType::bool_) return x;
  return with_quantity(astype(rounded(x, decimals), t), x);
}

Array nan_to_num(const Array& x, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  if (!is_inexact(x.dtype())) return x;
  if (!is_complex(x.dtype())) return finite(x, nan, posinf, neginf);
  return with_quantity(complex(finite(real(x), nan, posinf, neginf), finite(imag(x), nan, posinf, neginf)), x);
}

}  // namespace tessera

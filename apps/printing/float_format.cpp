#include "float_format.hpp"

#include <algorithm>
#include <cmath>

#include "digits.hpp"

namespace tessera::printing {
namespace {
constexpr int most_digits = 8;

int length(const std::string& s) { return static_cast<int>(s.size()); }
std::string spaces(int n) { return std::string(static_cast<std::size_t>(std::max(n, 0)), ' '); }
}  // namespace

FloatFormat::FloatFormat(const std::vector<double>& values, bool single, bool plus) : single_(single), plus_(plus) {
  double largest = 0, smallest = 0;
  bool any_finite = false, all_finite = true, negative_infinity = false;
  for (const double v : values) {
    if (!std::isfinite(v)) {
      all_finite = false;
      negative_infinity = negative_infinity || (std::isinf(v) && v < 0);
      continue;
    }
    any_finite = true;
    if (v == 0) continue;
    largest = std::max(largest, std::abs(v));
    smallest = smallest == 0 ? std::abs(v) : std::min(smallest, std::abs(v));
  }
  if (largest > 0) {
    const double ratio =
        single ? static_cast<double>(static_cast<float>(largest) / static_cast<float>(smallest)) : largest / smallest;
    scientific_ = largest >= 1e8 || smallest < 1e-4 || ratio > 1000;
  }
  if (any_finite) {
    int fraction = 0;
    for (const double v : values) {
      if (!std::isfinite(v)) continue;
      if (scientific_) {
        const Digits d = scientific_digits(v, single_, most_digits);
        pad_left_ = std::max(pad_left_, length(sign(d.negative)) + 1);
        fraction = std::max(fraction, length(d.digits) - 1);
        exponent_width_ = std::max(exponent_width_, length(exponent_text(d.exponent)) - 2);
      } else {
        const Digits d = positional_digits(v, single_, most_digits);
        const Parts parts = positional_parts(d);
        pad_left_ = std::max(pad_left_, length(sign(d.negative)) + length(parts.whole));
        pad_right_ = std::max(pad_right_, length(parts.fraction));
      }
    }
    if (scientific_) {
      precision_ = fraction;
      pad_right_ = exponent_width_ + 2 + precision_;
    }
  }
  if (!all_finite) {  // room for "nan" and "-inf"
    const int offset = pad_right_ + 1;
    pad_left_ = std::max({pad_left_, 3 - offset, 3 + (plus_ || negative_infinity ? 1 : 0) - offset});
  }
}

std::string FloatFormat::operator()(double value) const {
  if (!std::isfinite(value)) {
    const std::string text = std::isnan(value) ? sign(false) + "nan" : sign(value < 0) + "inf";
    return spaces(pad_left_ + pad_right_ + 1 - length(text)) + text;
  }
  if (scientific_) {
    const Digits d =
        rounded_digits(value, precision_);  // a short float32 gets further digits of its exact value, as in NumPy
    const std::string whole = sign(d.negative) + d.digits[0];
    std::string fraction = d.digits.substr(1);
    fraction.resize(precision_, '0');
    return spaces(pad_left_ - length(whole)) + whole + "." + fraction + exponent_text(d.exponent, exponent_width_);
  }
  const Digits d = positional_digits(value, single_, precision_);
  const Parts parts = positional_parts(d);
  const std::string whole = sign(d.negative) + parts.whole;
  return spaces(pad_left_ - length(whole)) + whole + "." + parts.fraction + spaces(pad_right_ - length(parts.fraction));
}

std::string float_text(double value, bool single, bool trimmed) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const Digits d = shortest_digits(value, single);
  const std::string sign = d.negative ? "-" : "";
  if (value != 0 && (d.exponent < -4 || d.exponent >= 16))
    return sign + d.digits[0] + (d.digits.size() > 1 ? "." + d.digits.substr(1) : "") + exponent_text(d.exponent);
  const Parts parts = positional_parts(d);
  if (parts.fraction.empty()) return sign + parts.whole + (trimmed ? "" : ".0");
  return sign + parts.whole + "." + parts.fraction;
}

}  // namespace tessera::printing

#pragma once
// FloatFormat: one format for all floats of an array, chosen as NumPy chooses it (numpy/core/arrayprint.py,
// FloatingFormat, precision 8, floatmode 'maxprec'): positional unless some value is at least 1e8, below 1e-4, or 1000
// times another; decimal points stand under each other; digits are the shortest that round-trip, at most 8 after the
// point.
#include <string>
#include <vector>

namespace tessera::printing {

class FloatFormat {
 public:
  /// values: float64, or float32 widened when `single`. plus: a sign on every number (the imaginary parts of complex
  /// ones).
  FloatFormat(const std::vector<double>& values, bool single, bool plus = false);
  std::string operator()(double value) const;

 private:
  std::string sign(bool negative) const { return negative ? "-" : plus_ ? "+" : ""; }

  bool single_, plus_, scientific_ = false;
  int precision_ = 8, pad_left_ = 0, pad_right_ = 0, exponent_width_ = 2;
};

/// One number on its own, as NumPy's scalars print: 0.1, 1e+16, nan; with enough digits to round-trip.
/// trimmed: without ".0" (as in complex numbers).
std::string float_text(double value, bool single, bool trimmed = false);

}  // namespace tessera::printing

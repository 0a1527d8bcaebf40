#pragma once
// Digits: a finite floating-point number as decimal digits, the fewest that read back as the same float32 or float64,
// or correctly rounded to fewer. What NumPy's Dragon4 gives.
#include <string>

namespace tessera::printing {

/// value = 0.d1 d2 d3 ... * 10^(exponent + 1): 12.5 is "125" with exponent 1. Zero is "0" with exponent 0.
struct Digits {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

/// The shortest digits of a float64, or of a float32 when `single`.
Digits shortest_digits(double value, bool single);
/// At most `fraction` digits after the decimal point (positional) ...
Digits positional_digits(double value, bool single, int fraction);
/// ... or after the first digit (scientific). Rounds the exact value, half to even, where the shortest digits are more.
Digits scientific_digits(double value, bool single, int fraction);
/// The exact value rounded to `fraction` digits after the first one, half to even.
Digits rounded_digits(double value, int fraction);

/// "12" and "5" of 12.5; "0" and "" of 0.
struct Parts {
  std::string whole, fraction;
};
Parts positional_parts(const Digits& d);
/// "e+05" with at least `width` digits.
std::string exponent_text(int exponent, int width = 2);

}  // namespace tessera::printing

#include "digits.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace tessera::printing {
namespace {

/// Reads "-1.25e+03".
Digits from_scientific(std::string_view text) {
  Digits d;
  if (text[0] == '-') {
    d.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  for (const char c : text.substr(0, e))
    if (c != '.') d.digits += c;
  d.exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  const std::size_t last = d.digits.find_last_not_of('0');
  d.digits.erase(last == std::string::npos ? 1 : last + 1);
  return d;
}

}  // namespace

Digits shortest_digits(double value, bool single) {
  std::array<char, 64> text;
  char* const end = text.data() + text.size();
  const auto result = single ? std::to_chars(text.data(), end, static_cast<float>(value), std::chars_format::scientific)
                             : std::to_chars(text.data(), end, value, std::chars_format::scientific);
  return from_scientific({text.data(), result.ptr});
}

Digits rounded_digits(double value, int fraction) {
  std::array<char, 1100> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, fraction).ptr;
  return from_scientific({text.data(), end});
}

Digits positional_digits(double value, bool single, int fraction) {
  Digits d = shortest_digits(value, single);
  const int places = static_cast<int>(d.digits.size()) - 1 - d.exponent;  // after the point
  if (places <= fraction) return d;
  if (d.exponent + fraction >= 0) return rounded_digits(value, d.exponent + fraction);
  // Smaller than one unit of the last place: it is that unit or nothing, by the exact value.
  Digits unit{d.negative, "0", 0};
  if (std::abs(value) > 0.5 * std::pow(10.0, -fraction)) unit.digits = "1", unit.exponent = -fraction;
  return unit;
}

Digits scientific_digits(double value, bool single, int fraction) {
  Digits d = shortest_digits(value, single);
  return static_cast<int>(d.digits.size()) - 1 <= fraction ? d : rounded_digits(value, fraction);
}

Parts positional_parts(const Digits& d) {
  const int n = static_cast<int>(d.digits.size());
  if (d.digits == "0") return {"0", ""};
  if (d.exponent < 0) return {"0", std::string(static_cast<std::size_t>(-d.exponent - 1), '0') + d.digits};
  if (d.exponent >= n - 1) return {d.digits + std::string(static_cast<std::size_t>(d.exponent - n + 1), '0'), ""};
  const auto point = static_cast<std::size_t>(d.exponent + 1);
  return {d.digits.substr(0, point), d.digits.substr(point)};
}

std::string exponent_text(int exponent, int width) {
  std::string digits = std::to_string(std::abs(exponent));
  if (static_cast<int>(digits.size()) < width) digits.insert(0, static_cast<std::size_t>(width) - digits.size(), '0');
  return (exponent < 0 ? "e-" : "e+") + digits;
}

}  // namespace tessera::printing

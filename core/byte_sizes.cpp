#include <tessera/core/byte_sizes.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include <tessera/core/errors.hpp>

namespace tessera {

std::int64_t parse_size(std::string_view text, std::string_view option, std::int64_t whole) {
  const auto refuse = [&](const char* why) {
    throw UsageError(
        fmt::format("{}: '{}' {}; sizes are written 512M, 512MiB, 1.5G, 4096 (bytes) or 50%", option, text, why));
  };
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number)) refuse("is not a size");
  std::string unit(rest, end);
  unit.erase(0, std::min(unit.size(), unit.find_first_not_of(' ')));
  for (char& c : unit) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  double factor = 1;
  if (unit == "%") {
    if (whole <= 0) refuse("is a share of something unknown");
    if (number > 100) refuse("is more than there is");
    factor = static_cast<double>(whole) / 100;
  } else if (!unit.empty() && unit != "B") {
    const auto power = std::string_view("KMGTP").find(unit[0]);
    const std::string_view tail = std::string_view(unit).substr(1);
    if (power == std::string_view::npos || !(tail.empty() || tail == "B" || tail == "IB"))
      refuse("has an unknown unit");
    factor = std::ldexp(1.0, 10 * (static_cast<int>(power) + 1));
  }
  const double bytes = number * factor;
  if (bytes < 1) refuse("is not positive");
  if (bytes > 0x1p62) refuse("is too large");
  return static_cast<std::int64_t>(bytes);
}

std::string format_size(std::int64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (value /= 1024; value >= 1024 && unit + 1 < std::size(units); unit++) value /= 1024;
  const bool exact = value == std::floor(value);
  return fmt::format("{:.{}f} {}", value, exact ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0, units[unit]);
}

}  // namespace tessera

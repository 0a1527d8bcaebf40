#include <tessera/io/calendar.hpp>

#include <array>

namespace tessera::io {
namespace {

constexpr std::array<int, 12> month_lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Of a year that is counted through 0.
bool is_leap(Calendar calendar, std::int64_t year) {
  switch (calendar) {
    case Calendar::julian:
      return year % 4 == 0;
    case Calendar::standard:
      if (year <= 1582) return year % 4 == 0;
      [[fallthrough]];
    case Calendar::proleptic_gregorian:
      return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    case Calendar::all_leap:
      return true;
    case Calendar::noleap:
    case Calendar::day360:
      break;
  }
  return false;
}

// Years from 1 March on, so that the leap day is the last: H. F. Fliegel and T. C. van Flandern (1968) as E. G.
// Richards
// ("Mapping Time", 1998) has it. Julian days.
std::int64_t julian_day(bool gregorian, std::int64_t year, int month, int day) {
  const int before_march = month <= 2 ? 1 : 0;
  const std::int64_t y = year - before_march, m = month - 3 + 12 * before_march;
  const std::int64_t days = 365 * y + floor_quotient(y, 4) + (153 * m + 2) / 5 + day;
  return gregorian ? days - floor_quotient(y, 100) + floor_quotient(y, 400) + 1721119 : days + 1721117;
}

}  // namespace

std::optional<Calendar> parse_calendar(std::string name) {
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (name.empty() || name == "standard" || name == "gregorian") return Calendar::standard;
  if (name == "proleptic_gregorian") return Calendar::proleptic_gregorian;
  if (name == "julian") return Calendar::julian;
  if (name == "noleap" || name == "365_day") return Calendar::noleap;
  if (name == "all_leap" || name == "366_day") return Calendar::all_leap;
  if (name == "360_day") return Calendar::day360;
  return std::nullopt;
}

bool are_one_calendar_today(Calendar a, Calendar b) {
  const auto is_either = [](Calendar c) { return c == Calendar::standard || c == Calendar::proleptic_gregorian; };
  return is_either(a) && is_either(b);
}

std::optional<std::int64_t> day_number(Calendar calendar, const Date& date) {
  constexpr std::int64_t most = std::int64_t{1} << 40;  // no product below overflows
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.year > most || date.year < -most) return std::nullopt;
  const bool skips_zero = calendar == Calendar::standard || calendar == Calendar::julian;
  if (skips_zero && date.year == 0) return std::nullopt;
  const std::int64_t year = skips_zero && date.year < 0 ? date.year + 1 : date.year;
  const auto month = static_cast<std::size_t>(date.month - 1);
  if (calendar == Calendar::day360)
    return date.day > 30 ? std::nullopt : std::optional(360 * year + 30 * (date.month - 1) + date.day - 1);
  const bool leap = is_leap(calendar, year);
  if (date.day > month_lengths[month] + (date.month == 2 && leap ? 1 : 0)) return std::nullopt;
  switch (calendar) {
    case Calendar::julian:
      return julian_day(false, year, date.month, date.day);
    case Calendar::proleptic_gregorian:
      return julian_day(true, year, date.month, date.day);
    case Calendar::standard: {
      const std::int64_t in_order = year * 10000 + date.month * 100 + date.day;
      if (in_order > 15821004 && in_order < 15821015) return std::nullopt;
      return julian_day(in_order >= 15821015, year, date.month, date.day);
    }
    case Calendar::noleap:
    case Calendar::all_leap:
    case Calendar::day360:
      break;
  }
  std::int64_t days = year * (leap ? 366 : 365) + date.day - 1;
  for (std::size_t m = 0; m < month; m++) days += month_lengths[m] + (m == 1 && leap ? 1 : 0);
  return days;
}

}  // namespace tessera::io

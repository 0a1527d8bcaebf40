#include <tessera/io/time_units.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <string_view>

#include <tessera/core/errors.hpp>

namespace tessera::io {
namespace {

constexpr std::int64_t second = 1000000000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 31> known_units = {{
    {"nanosecond", 1},
    {"nanoseconds", 1},
    {"ns", 1},
    {"microsecond", 1000},
    {"microseconds", 1000},
    {"microsec", 1000},
    {"microsecs", 1000},
    {"us", 1000},
    {"millisecond", 1000000},
    {"milliseconds", 1000000},
    {"millisec", 1000000},
    {"millisecs", 1000000},
    {"msec", 1000000},
    {"msecs", 1000000},
    {"ms", 1000000},
    {"second", second},
    {"seconds", second},
    {"sec", second},
    {"secs", second},
    {"s", second},
    {"minute", minute},
    {"minutes", minute},
    {"min", minute},
    {"mins", minute},
    {"hour", hour},
    {"hours", hour},
    {"hr", hour},
    {"hrs", hour},
    {"h", hour},
    {"day", day},
    {"days", day},
}};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

/// Where "since" begins, between blanks; npos when it does not.
std::size_t since_at(const std::string& units) { return lower(units).find(" since "); }

/// Reads a text from its front.
class Front {
 public:
  explicit Front(std::string_view text) : text_(text) {}
  bool empty() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  void skip_blanks() {
    while (take(' ') || take('\t')) {
    }
  }
  /// Digits; `most` of them.
  std::optional<std::int64_t> number(std::size_t most) {
    std::size_t n = 0;
    while (n < text_.size() && n < most && text_[n] >= '0' && text_[n] <= '9') n++;
    std::int64_t value = 0;
    if (n == 0 || std::from_chars(text_.data(), text_.data() + n, value).ec != std::errc{}) return std::nullopt;
    text_.remove_prefix(n);
    return value;
  }
  /// What follows the point of a second, in nanoseconds.
  std::int64_t fraction() {
    std::int64_t value = 0, place = second / 10;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), place /= 10)
      value += (text_.front() - '0') * place;
    return value;
  }

 private:
  std::string_view text_;
};

bool read_date(Front& text, Date& date) {
  const bool negative = text.take('-');
  if (!negative) text.take('+');
  const auto year = text.number(9);
  if (!year) return false;
  date = {negative ? -*year : *year, 1, 1};
  if (!text.take('-')) return true;
  const auto month = text.number(2);
  if (!month) return false;
  date.month = static_cast<int>(*month);
  if (!text.take('-')) return true;
  const auto in_month = text.number(2);
  if (!in_month) return false;
  date.day = static_cast<int>(*in_month);
  return true;
}

/// "12:30:00.5", in nanoseconds; "12" too.
bool read_clock(Front& text, std::int64_t& moment) {
  const auto hours = text.number(2);
  if (!hours || *hours > 23) return false;
  moment = *hours * hour;
  if (!text.take(':')) return true;
  const auto minutes = text.number(2);
  if (!minutes || *minutes > 59) return false;
  moment += *minutes * minute;
  if (!text.take(':')) return true;
  const auto seconds = text.number(2);
  if (!seconds || *seconds > 59) return false;
  moment += *seconds * second;
  if (text.take('.')) moment += text.fraction();
  return true;
}

/// "Z", "UTC", "+01:00", "-6:00", "+0530": how far ahead of Greenwich.
bool read_zone(Front& text, std::int64_t& ahead) {
  ahead = 0;
  if (text.take('Z') || text.take('z') || text.take("UTC") || text.take("GMT")) return true;
  const bool behind = text.take('-');
  if (!behind && !text.take('+')) return false;
  const auto hours = text.number(2);
  if (!hours) return false;
  std::int64_t minutes = 0;
  if (text.take(':') || !text.empty()) {
    const auto given = text.number(2);
    if (!given) return false;
    minutes = *given;
  }
  ahead = (*hours * hour + minutes * minute) * (behind ? -1 : 1);
  return true;
}

bool read_reference(std::string_view given, Date& date, std::int64_t& moment) {
  Front text(given);
  text.skip_blanks();
  if (!read_date(text, date)) return false;
  moment = 0;
  if (text.take('T') || text.take('t') || text.take(' ')) {
    text.skip_blanks();
    std::int64_t ahead = 0;
    if (!text.empty() && !read_zone(text, ahead)) {
      if (!read_clock(text, moment)) return false;
      text.skip_blanks();
      if (!text.empty() && !read_zone(text, ahead)) return false;
    }
    moment -= ahead;
  } else {
    text.take('Z');
  }
  text.skip_blanks();
  return text.empty();
}

}  // namespace

bool counts_since(const std::string& units) { return since_at(units) != std::string::npos; }

TimeUnits parse_time_units(const std::string& units, const std::string& calendar) {
  const auto refuse = [&](const std::string& why) -> void { throw UsageError("'" + units + "': " + why); };
  const auto known_calendar = parse_calendar(calendar);
  if (!known_calendar) refuse("its calendar '" + calendar + "' is not known");
  TimeUnits t{*known_calendar};
  const std::size_t at = since_at(units);
  if (at == std::string::npos) refuse("counts from no date");
  std::string name = lower(units.substr(0, at));
  name.erase(0, std::min(name.find_first_not_of(" \t"), name.size()));
  name.erase(name.find_last_not_of(" \t") + 1);
  if (name == "d") name = "day";
  if (name == "week" || name == "weeks") t.unit = 7 * day;
  if ((name == "month" || name == "months") && t.calendar == Calendar::day360) t.unit = 30 * day;
  if (name.starts_with("common_year") && t.calendar == Calendar::noleap) t.unit = 365 * day;
  for (const auto& u : known_units)
    if (name == u.name) t.unit = u.nanoseconds;
  if (t.unit == 0 && (name.starts_with("month") || name.starts_with("year") || name.starts_with("common_year")))
    refuse(name + " are not all of one length");
  if (t.unit == 0) refuse("'" + name + "' is no unit of time");
  Date date;
  if (!read_reference(std::string_view(units).substr(at + 7), date, t.moment)) refuse("its date can't be read");
  const auto number = day_number(t.calendar, date);
  if (!number) refuse("its calendar does not have this date");
  t.day = *number;
  return t;
}

TimeConversion conversion(const TimeUnits& from, const TimeUnits& to) {
  if (from.calendar != to.calendar && !are_one_calendar_today(from.calendar, to.calendar))
    throw UsageError("times of different calendars");
  const std::int64_t common = std::gcd(from.unit, to.unit);
  TimeConversion c{from.unit / common, to.unit / common, 0, 0, to.unit};
  const __int128 apart = __int128{from.day - to.day} * day + (from.moment - to.moment);
  __int128 whole = apart / to.unit, rest = apart % to.unit;
  if (rest < 0) whole--, rest += to.unit;
  constexpr __int128 most = __int128{1} << 62;
  if (whole > most || whole < -most) throw UsageError("their dates are too far apart");
  c.offset = static_cast<std::int64_t>(whole);
  c.rest = static_cast<std::int64_t>(rest);
  return c;
}

}  // namespace tessera::io

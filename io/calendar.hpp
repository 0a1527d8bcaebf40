#pragma once
// The calendars of the CF conventions: dates as numbers of days.
#include <cstdint>
#include <optional>
#include <string>

namespace tessera::io {

enum class Calendar {
  standard,             ///< also "gregorian": Julian until 1582-10-04, Gregorian from 1582-10-15 on, the day after
  proleptic_gregorian,  ///< Gregorian at all times
  julian,
  noleap,    ///< also "365_day"
  all_leap,  ///< also "366_day"
  day360     ///< "360_day": twelve months of 30 days
};

/// By its name in any case; an empty one is the standard calendar. Nothing for others ("none").
std::optional<Calendar> parse_calendar(std::string name);

/// The two that have the same dates from 1582-10-15 on.
bool are_one_calendar_today(Calendar a, Calendar b);
/// day_number of that day in both.
inline constexpr std::int64_t first_gregorian_day = 2299161;

struct Date {
  std::int64_t year =
      0;  ///< in the standard and the Julian calendar there is none of 0 before 1: the year before is -1
  int month = 1, day = 1;
};
/// Days from a first day of the calendar on, which is the same for all dates of one calendar. Nothing for a day that
/// the calendar does not have (1582-10-10, a 30th of February).
std::optional<std::int64_t> day_number(Calendar calendar, const Date& date);

}  // namespace tessera::io

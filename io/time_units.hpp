#pragma once
// What "hours since 1900-01-01 06:00" means, and the same times in other units.
//
//   12 and 36 "hours since 2000-01-02" are 1.5 and 2.5 "days since 2000-01-01": v * 1/24 + 1
#include <cstdint>
#include <string>

#include <tessera/io/calendar.hpp>

namespace tessera::io {

/// True for units that count from a date.
bool counts_since(const std::string& units);

struct TimeUnits {
  Calendar calendar = Calendar::standard;
  std::int64_t unit = 0;    ///< nanoseconds
  std::int64_t day = 0;     ///< of the date that is 0
  std::int64_t moment = 0;  ///< nanoseconds after that day began; of another time zone also before it, or on the next
};
/// Units: microseconds to days and weeks, in the words of UDUNITS; months in the calendar where all have 30 days.
/// throws UsageError that says what can't be counted with: months and years of different lengths, no date.
TimeUnits parse_time_units(const std::string& units, const std::string& calendar);

/// v of some units is v * numerator / denominator + offset + rest / unit of others.
struct TimeConversion {
  std::int64_t numerator = 1, denominator = 1, offset = 0;
  std::int64_t rest = 0, unit = 1;  ///< 0 <= rest < unit
  /// Whole numbers stay whole numbers.
  bool is_whole() const { return denominator == 1 && rest == 0; }
  bool is_identity() const { return is_whole() && numerator == 1 && offset == 0; }
  long double operator()(long double v) const {
    return v * static_cast<long double>(numerator) / static_cast<long double>(denominator) +
           static_cast<long double>(offset) + static_cast<long double>(rest) / static_cast<long double>(unit);
  }
  bool operator==(const TimeConversion&) const = default;
};
/// throws UsageError when the calendars differ, or the dates are too far apart.
TimeConversion conversion(const TimeUnits& from, const TimeUnits& to);

}  // namespace tessera::io

// Calendars and units of time against cftime (times.inc).
#include <gtest/gtest.h>

#include <cmath>

#include <tessera/core/errors.hpp>
#include <tessera/io/time_units.hpp>

namespace tessera::io {
namespace {

struct Row {
  const char *calendar, *units;
  double value;
  const char* others;
  double expected;
};
constexpr Row rows[] = {
#include "times.inc"
};

TEST(TimeUnits, AsCftime) {
  for (const auto& r : rows) {
    SCOPED_TRACE(std::string(r.units) + " as " + r.others + ", " + r.calendar);
    const TimeUnits from = parse_time_units(r.units, r.calendar), to = parse_time_units(r.others, r.calendar);
    const auto found = static_cast<double>(conversion(from, to)(r.value));
    // cftime counts microseconds.
    const double microsecond = 1e3 / static_cast<double>(to.unit);
    EXPECT_LE(std::abs(found - r.expected), microsecond + 4e-16 * std::abs(r.expected)) << found << " " << r.expected;
    const TimeConversion same = conversion(from, from), back = conversion(to, from);
    EXPECT_TRUE(same.is_identity());
    EXPECT_LE(std::abs(static_cast<double>(back(conversion(from, to)(r.value))) - r.value),
              1e-14 * (std::abs(r.value) + std::abs(static_cast<double>(back.offset))));
  }
}

TEST(TimeUnits, WholeNumbersAndFractions) {
  const auto to = [](const char* from, const char* others, const char* calendar = "") {
    return conversion(parse_time_units(from, calendar), parse_time_units(others, calendar));
  };
  EXPECT_EQ(to("days since 2000-02-01", "hours since 2000-01-01"), (TimeConversion{24, 1, 744, 0, 3600000000000}));
  EXPECT_TRUE(to("days since 2000-02-01", "hours since 2000-01-01").is_whole());
  EXPECT_FALSE(to("hours since 2000-01-01", "days since 2000-01-01").is_whole());
  EXPECT_FALSE(to("days since 2000-01-01 12:00", "days since 2000-01-01").is_whole());
  EXPECT_EQ(to("months since 2000-03-01", "days since 2000-01-01", "360_day")(2), 120);
  EXPECT_EQ(to("common_years since 2001-01-01", "days since 2000-01-01", "noleap")(2), 1095);
  EXPECT_EQ(to("weeks since 2000-01-01", "days since 2000-01-01")(2), 14);
  EXPECT_EQ(to("hours since 2000-01-01 00:00 -6:00", "hours since 2000-01-01")(0), 6);
  EXPECT_EQ(to("days since 1582-10-15", "days since 1582-10-04", "gregorian")(0), 1);
  EXPECT_EQ(to("days since 1582-10-15", "days since 1582-10-04", "proleptic_gregorian")(0), 11);
  EXPECT_EQ(to("days since 1-1-1", "days since -1-12-31")(0), 1);
}

TEST(TimeUnits, WhatCannotBeCounted) {
  const auto why = [](const char* units, const char* calendar = "standard") -> std::string {
    try {
      parse_time_units(units, calendar);
    } catch (const UsageError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(why("months since 2000-01-01"), "'months since 2000-01-01': months are not all of one length");
  EXPECT_EQ(why("years since 2000-01-01", "360_day"), "'years since 2000-01-01': years are not all of one length");
  EXPECT_EQ(why("furlongs since 2000-01-01"), "'furlongs since 2000-01-01': 'furlongs' is no unit of time");
  EXPECT_NE(why("days since 2000-01-01", "martian").find("'martian' is not known"), std::string::npos);
  for (const char* units : {"days since 1582-10-10", "days since 1900-02-29", "days since 2000-13-01",
                            "days since 2000-01-32", "days since 0000-01-01"})
    EXPECT_NE(why(units).find("does not have this date"), std::string::npos) << units;
  EXPECT_NE(why("days since 2000-02-29", "noleap").find("does not have this date"), std::string::npos);
  for (const char* units :
       {"days since", "days since ", "days since today", "days since 2000-01-01 25:00", "days since 2000-01-01 0:60",
        "days since 2000-01-01x", "days since 2000-01-01 00:00:00 CET", "days since 99999999999-01-01"})
    EXPECT_NE(why(units), "") << units;
  EXPECT_EQ(why("days"), "'days': counts from no date");
  EXPECT_FALSE(counts_since("K"));
  EXPECT_TRUE(counts_since("Days Since 2000-01-01"));
  EXPECT_THROW(
      conversion(parse_time_units("days since 2000-01-01", "noleap"), parse_time_units("days since 2000-01-01", "")),
      UsageError);
  EXPECT_THROW(conversion(parse_time_units("days since 999999999-01-01", ""), parse_time_units("ns since 1-01-01", "")),
               UsageError);
}

}  // namespace
}  // namespace tessera::io

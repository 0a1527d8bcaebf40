#pragma once
// The coordinates of datasets that are joined: that those of the other axes are the same in all, that the one along the
// axis goes on in one direction, and where it lies. Times of different units, "days since 2000-01-01" and "hours since
// 2000-02-01", are compared in those of the first.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/time_units.hpp>

namespace tessera::io {

const Attribute* find_attribute(const StoreInfo& info, const std::string& name);
/// Of an attribute that is one; else empty.
std::string text_attribute(const StoreInfo& info, const std::string& name);
/// What says what the numbers of a coordinate mean: units, calendar, packing.
std::vector<Attribute> units_of(const StoreInfo& info);
/// From the numbers of `part` to the same moments in the units of `first`; the identity where units_of are equal.
/// throws UsageError that says why there is none: no units of time, other calendars, packed numbers.
TimeConversion to_units_of(const StoreInfo& first, const StoreInfo& part);
/// The same of the times that packed numbers stand for. throws UsageError: no units of time, other calendars.
TimeConversion time_conversion(const StoreInfo& first, const StoreInfo& part);
/// Elements [first, first + count) of a 1-d store of real numbers. long double holds all integers, too.
std::vector<long double> coordinate_values(const Store& store, std::int64_t first, std::int64_t count);

/// The coordinates of the axes that are not joined.
class OtherCoordinates {
 public:
  /// joined: the axis of `first` that is left out, or -1.
  OtherCoordinates(StoreInfo first, int joined) : first_(std::move(first)), joined_(joined) {}
  /// throws UsageError naming the part when a coordinate is another one than the first part's. A hundredth of the mean
  /// spacing is rounding.
  void require_same(const StoreInfo& part);

 private:
  void require_same(const StoreInfo& part, int axis);

  StoreInfo first_;
  int joined_;
  std::map<int, std::shared_ptr<const Store>> opened_;  // of the first part, by axis; null where there is none
};

/// The coordinates of one part after another.
class CoordinateSequence {
 public:
  explicit CoordinateSequence(int axis) : axis_(static_cast<std::size_t>(axis)) {}
  void add(const StoreInfo& part);
  /// throws UsageError naming the part whose coordinate does not follow that of the part before: it overlaps, or goes
  /// the other way. Where all parts have the same (months 1 to 12 of each year, or 0), and where their units can't be
  /// compared, there is no order.
  void require_order() const;
  /// The sources of the parts that have one in order, zero bytes between them.
  std::string sources() const;

 private:
  struct Range {
    long double first = 0, last = 0;
    std::string part;
  };

  std::size_t axis_;
  bool comparable_ = true;  // all parts so far have one, and the units can be compared
  std::vector<std::string> sources_;
  StoreInfo first_;  // the coordinate of the first part
  std::vector<Range> ranges_;
};

}  // namespace tessera::io

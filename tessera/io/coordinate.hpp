#pragma once
// The coordinate of the axis that datasets are joined along: that it goes on in one direction, and where it lies.
#include <string>
#include <vector>

#include <tessera/core/store.hpp>

namespace tessera::io {

const Attribute* find_attribute(const StoreInfo& info, const std::string& name);
/// What says what the numbers of a coordinate mean: units, calendar, packing.
std::vector<Attribute> units_of(const StoreInfo& info);
/// Elements [first, first + count) of a 1-d store of real numbers. long double holds all integers, too.
std::vector<long double> coordinate_values(const Store& store, std::int64_t first, std::int64_t count);
/// throws UsageError naming the part whose coordinate of another axis than `joined` (-1: of any) is another one than
/// the first part's. A hundredth of the mean spacing is rounding.
void require_same_coordinates(const StoreInfo& first, const StoreInfo& part, int joined);

/// The coordinates of one part after another.
class CoordinateSequence {
 public:
  explicit CoordinateSequence(int axis) : axis_(static_cast<std::size_t>(axis)) {}
  /// throws UsageError naming the part when its coordinate does not follow that of the part before: it overlaps, or
  /// goes the other way. Coordinates of different units are not compared.
  void add(const StoreInfo& part);
  /// The sources in order, zero bytes between them; empty where a part has no coordinate, or one of other units.
  std::string sources() const;

 private:
  struct Range {
    double first = 0, last = 0;
  };
  void require_order(const Range& range, const std::string& name);

  std::size_t axis_;
  bool whole_ = true;  // all parts so far have one, and of one unit
  int direction_ = 0;
  std::vector<std::string> sources_;
  std::vector<Attribute> units_;
  bool has_before_ = false;
  Range before_;
  std::string before_name_;
};

}  // namespace tessera::io

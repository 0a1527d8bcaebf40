#include <tessera/io/coordinate.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include <tessera/io/files.hpp>

namespace tessera::io {
namespace {

// Null when the axis has none that can be compared.
std::shared_ptr<const Store> open_coordinate(const StoreInfo& info, std::size_t axis) try {
  if (axis >= info.coordinates.size() || info.coordinates[axis].empty()) return nullptr;
  auto store = open_store_alone(info.coordinates[axis]);
  const StoreInfo& found = store->info();
  return found.shape == Shape{info.shape[static_cast<int>(axis)]} && !is_complex(found.dtype) ? store : nullptr;
} catch (const UsageError&) {  // no numbers
  return nullptr;
}

std::string shown(const std::string& text) { return text.empty() ? "none" : "'" + text + "'"; }

}  // namespace

const Attribute* find_attribute(const StoreInfo& info, const std::string& name) {
  const auto at =
      std::find_if(info.attributes.begin(), info.attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return at == info.attributes.end() ? nullptr : &*at;
}

std::string text_attribute(const StoreInfo& info, const std::string& name) {
  const Attribute* a = find_attribute(info, name);
  const auto* text = a == nullptr ? nullptr : std::get_if<std::string>(&a->value);
  return text == nullptr ? std::string() : *text;
}

std::vector<Attribute> units_of(const StoreInfo& info) {
  std::vector<Attribute> units;
  for (const char* name : {"units", "calendar", "scale_factor", "add_offset"})
    if (const Attribute* a = find_attribute(info, name)) units.push_back(*a);
  return units;
}

TimeConversion to_units_of(const StoreInfo& first, const StoreInfo& part) {
  if (units_of(first) == units_of(part)) return {};
  const TimeConversion convert = time_conversion(first, part);
  for (const char* name : {"scale_factor", "add_offset"})
    if (find_attribute(first, name) != nullptr || find_attribute(part, name) != nullptr)
      throw UsageError(fmt::format("its units are {}, there {}, and the numbers are packed",
                                   shown(text_attribute(part, "units")), shown(text_attribute(first, "units"))));
  return convert;
}

TimeConversion time_conversion(const StoreInfo& first, const StoreInfo& part) {
  const std::string here = text_attribute(part, "units"), there = text_attribute(first, "units"),
                    our_days = text_attribute(part, "calendar"), their_days = text_attribute(first, "calendar");
  if (!counts_since(here) || !counts_since(there))
    throw UsageError(fmt::format("its units are {}, there {}", shown(here), shown(there)));
  if (here == there && parse_calendar(our_days) == parse_calendar(their_days) && parse_calendar(our_days)) return {};
  const TimeUnits from = parse_time_units(here, our_days), to = parse_time_units(there, their_days);
  if (from.calendar != to.calendar && !are_one_calendar_today(from.calendar, to.calendar))
    throw UsageError(fmt::format("its calendar is {}, there {}", our_days.empty() ? "standard" : our_days,
                                 their_days.empty() ? "standard" : their_days));
  return conversion(from, to);
}

std::vector<long double> coordinate_values(const Store& store, std::int64_t first, std::int64_t count) {
  std::vector<long double> values(static_cast<std::size_t>(count));
  visit_dtype(store.info().dtype, [&]<class T>(T) {
    if constexpr (std::is_arithmetic_v<T>) {
      const auto read = std::make_unique<T[]>(values.size());
      store.read({{first}, {count}}, reinterpret_cast<std::byte*>(read.get()), {item_size(store.info().dtype)});
      std::copy_n(read.get(), values.size(), values.begin());
    }
  });
  return values;
}

void OtherCoordinates::require_same(const StoreInfo& part) {
  for (int axis = 0; axis < first_.shape.size(); axis++)
    if (axis != joined_) require_same(part, axis);
}

void OtherCoordinates::require_same(const StoreInfo& part, int axis) {
  const auto number = static_cast<std::size_t>(axis);
  const auto [known, is_new] = opened_.try_emplace(axis);
  if (is_new) known->second = open_coordinate(first_, number);
  const auto& a = known->second;
  const auto b = a == nullptr ? nullptr : open_coordinate(part, number);
  const std::int64_t n = first_.shape[axis], piece = 1 << 16;
  if (b == nullptr || n == 0) return;
  TimeConversion convert;
  try {
    convert = to_units_of(a->info(), b->info());
  } catch (const UsageError& e) {
    if (counts_since(text_attribute(a->info(), "units")))
      throw UsageError(fmt::format("{}: can't be joined with {}: its coordinate {} is another one: {}", part.name,
                                   first_.name, first_.dimensions[number], e.what()));
  }
  const long double from = coordinate_values(*a, 0, 1)[0], to = coordinate_values(*a, n - 1, 1)[0];
  const long double scale = n > 1 ? std::abs(to - from) / static_cast<long double>(n - 1) : std::abs(from) * 1e-3L;
  for (std::int64_t k = 0; k < n; k += piece) {
    const auto here = coordinate_values(*b, k, std::min(piece, n - k));
    const auto there = coordinate_values(*a, k, std::min(piece, n - k));
    for (std::size_t i = 0; i < here.size(); i++) {
      const long double mine = convert(here[i]);
      const bool both_nan = std::isnan(mine) && std::isnan(there[i]);
      if (both_nan || mine == there[i] || std::abs(mine - there[i]) <= scale / 100) continue;
      throw UsageError(
          fmt::format("{}: can't be joined with {}: its coordinate {} is another one: {} at index {}, there {}",
                      part.name, first_.name, first_.dimensions[number], static_cast<double>(mine),
                      k + static_cast<std::int64_t>(i), static_cast<double>(there[i])));
    }
  }
}

void CoordinateSequence::add(const StoreInfo& part) {
  const auto store = open_coordinate(part, axis_);
  if (store == nullptr) {
    comparable_ = false;
    return;
  }
  if (sources_.empty()) first_ = store->info();
  sources_.push_back(store->info().name);
  const std::int64_t n = store->info().shape[0];
  if (n == 0 || !comparable_) return;
  try {
    const TimeConversion convert = to_units_of(first_, store->info());
    const auto at = [&](std::int64_t i) { return convert(coordinate_values(*store, i, 1).front()); };
    ranges_.push_back({at(0), at(n - 1), part.name});
  } catch (const UsageError&) {
    comparable_ = false;
  }
}

void CoordinateSequence::require_order() const {
  const auto repeats = [&](const Range& r) { return r.first == ranges_[0].first && r.last == ranges_[0].last; };
  if (!comparable_ || std::all_of(ranges_.begin(), ranges_.end(), repeats)) return;
  int direction = 0;
  for (std::size_t k = 0; k < ranges_.size(); k++) {
    const Range &now = ranges_[k], &before = ranges_[k == 0 ? 0 : k - 1];
    const auto refuse = [&](const char* what, const char* advice) {
      throw UsageError(fmt::format("{}: {} {}: its coordinate goes from {} to {}, there from {} to {}{}", now.part,
                                   what, before.part, static_cast<double>(now.first), static_cast<double>(now.last),
                                   static_cast<double>(before.first), static_cast<double>(before.last), advice));
    };
    const auto [least, most] = std::minmax(now.first, now.last);
    const auto [least_before, most_before] = std::minmax(before.first, before.last);
    if (k > 0 && least <= most_before && least_before <= most)
      refuse("overlaps", "; what they share can be left out of one: concat((a, b[1:]))");
    for (const long double step : {before.last - before.first, now.first - before.last, now.last - now.first}) {
      if (step == 0 || (k == 0 && step != now.last - now.first)) continue;
      const int sign = step > 0 ? 1 : -1;
      if (direction == 0) direction = sign;
      // Only files that each go in the same direction can be put in order.
      const bool sortable = (now.last - now.first) * (before.last - before.first) >= 0;
      if (sign != direction)
        refuse("does not follow", sortable ? "; the files must come in the order of their coordinates, as the lines of "
                                             "a list have one (@list.txt)"
                                           : "");
    }
  }
}

std::string CoordinateSequence::sources() const {
  return fmt::format("{}", fmt::join(sources_, std::string_view("\0", 1)));
}

}  // namespace tessera::io

#include <tessera/io/coordinate.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>

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

double value_at(const Store& store, std::int64_t index) {
  return static_cast<double>(coordinate_values(store, index, 1).front());
}

}  // namespace

const Attribute* find_attribute(const StoreInfo& info, const std::string& name) {
  const auto at =
      std::find_if(info.attributes.begin(), info.attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return at == info.attributes.end() ? nullptr : &*at;
}

std::vector<Attribute> units_of(const StoreInfo& info) {
  std::vector<Attribute> units;
  for (const char* name : {"units", "calendar", "scale_factor", "add_offset"})
    if (const Attribute* a = find_attribute(info, name)) units.push_back(*a);
  return units;
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

void require_same_coordinates(const StoreInfo& first, const StoreInfo& part, int joined) {
  for (int axis = 0; axis < first.shape.size(); axis++) {
    if (axis == joined) continue;
    const auto a = open_coordinate(first, static_cast<std::size_t>(axis)),
               b = open_coordinate(part, static_cast<std::size_t>(axis));
    const std::int64_t n = first.shape[axis], piece = 1 << 16;
    if (a == nullptr || b == nullptr || n == 0) continue;
    const long double from = coordinate_values(*a, 0, 1)[0], to = coordinate_values(*a, n - 1, 1)[0];
    const long double scale = n > 1 ? std::abs(to - from) / static_cast<long double>(n - 1) : std::abs(from) * 1e-3L;
    for (std::int64_t k = 0; k < n; k += piece) {
      const auto here = coordinate_values(*b, k, std::min(piece, n - k));
      const auto there = coordinate_values(*a, k, std::min(piece, n - k));
      for (std::size_t i = 0; i < here.size(); i++) {
        const bool both_nan = std::isnan(here[i]) && std::isnan(there[i]);
        if (both_nan || here[i] == there[i] || std::abs(here[i] - there[i]) <= scale / 100) continue;
        throw UsageError(
            fmt::format("{}: can't be joined with {}: its coordinate {} is another one: {} at index {}, "
                        "there {}",
                        part.name, first.name, first.dimensions[static_cast<std::size_t>(axis)],
                        static_cast<double>(here[i]), k + static_cast<std::int64_t>(i), static_cast<double>(there[i])));
      }
    }
  }
}

void CoordinateSequence::require_order(const Range& now, const std::string& name) {
  const auto sign_of = [](double step) { return (step > 0) - (step < 0); };
  // Only files that lie one behind the other, each in the same direction, can be put in order.
  const int own = sign_of(now.last - now.first), others = sign_of(before_.last - before_.first);
  const bool apart = std::max(now.first, now.last) < std::min(before_.first, before_.last) ||
                     std::min(now.first, now.last) > std::max(before_.first, before_.last);
  const bool sortable = apart && own * others >= 0;
  const auto refuse = [&](const char* what) {
    throw UsageError(fmt::format("{}: {} {}: its coordinate goes from {} to {}, there from {} to {}{}", name, what,
                                 before_name_, now.first, now.last, before_.first, before_.last,
                                 sortable
                                     ? "; the files must come in the order of their coordinates, as the lines of a "
                                       "list have one (@list.txt)"
                                     : ""));
  };
  if (now.first == before_.last) refuse("overlaps");
  for (const double step : {before_.last - before_.first, now.first - before_.last, now.last - now.first}) {
    if (step == 0) continue;
    const int sign = step > 0 ? 1 : -1;
    if (direction_ == 0) direction_ = sign;
    if (sign != direction_) refuse("does not follow");
  }
}

void CoordinateSequence::add(const StoreInfo& part) {
  if (!whole_) return;
  const auto store = open_coordinate(part, axis_);
  if (store == nullptr || (!sources_.empty() && units_of(store->info()) != units_)) {
    whole_ = false;
    return;
  }
  if (sources_.empty()) units_ = units_of(store->info());
  sources_.push_back(store->info().name);
  const std::int64_t n = store->info().shape[0];
  if (n == 0) return;
  const Range now{value_at(*store, 0), value_at(*store, n - 1)};
  if (has_before_) require_order(now, part.name);
  has_before_ = true;
  before_ = now;
  before_name_ = part.name;
}

std::string CoordinateSequence::sources() const {
  return whole_ ? fmt::format("{}", fmt::join(sources_, std::string_view("\0", 1))) : std::string();
}

}  // namespace tessera::io

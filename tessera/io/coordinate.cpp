#include <tessera/io/coordinate.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include <tessera/io/files.hpp>

namespace tessera::io {
namespace {

// Null when the axis has none that can be compared.
std::shared_ptr<const Store> open_coordinate(const StoreInfo& info, std::size_t axis) {
  if (axis >= info.coordinates.size() || info.coordinates[axis].empty()) return nullptr;
  auto store = open_store_alone(info.coordinates[axis]);
  const StoreInfo& found = store->info();
  return found.shape == Shape{info.shape[static_cast<int>(axis)]} && !is_complex(found.dtype) ? store : nullptr;
}

double value_at(const Store& store, std::int64_t index) {
  return visit_dtype(store.info().dtype, [&]<class T>(T) {
    T v{};
    store.read({{index}, {1}}, reinterpret_cast<std::byte*>(&v), {item_size(store.info().dtype)});
    if constexpr (std::is_arithmetic_v<T>)
      return static_cast<double>(v);
    else
      return 0.0;
  });
}

std::vector<Attribute> units_of(const StoreInfo& info) {
  std::vector<Attribute> units;
  for (const char* name : {"units", "calendar", "scale_factor", "add_offset"})
    if (const Attribute* a = find_attribute(info, name)) units.push_back(*a);
  return units;
}

}  // namespace

const Attribute* find_attribute(const StoreInfo& info, const std::string& name) {
  const auto at =
      std::find_if(info.attributes.begin(), info.attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return at == info.attributes.end() ? nullptr : &*at;
}

void CoordinateSequence::require_order(const Range& now, const std::string& name) {
  const auto refuse = [&](const char* what) {
    throw UsageError(
        fmt::format("{}: {} {}: its coordinate goes from {} to {}, there from {} to {}; name the files in "
                    "order in a list (@list.txt)",
                    name, what, before_name_, now.first, now.last, before_.first, before_.last));
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
  return whole_ ? fmt::format("{}", fmt::join(sources_, "\n")) : std::string();
}

}  // namespace tessera::io

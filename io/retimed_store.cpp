#include <tessera/io/retimed_store.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <tessera/core/labels.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace {

constexpr int time_slot = 5;  // none that the store below uses

std::vector<double> numbers_of(const Attribute* a) {
  std::vector<double> numbers;
  if (a == nullptr) return numbers;
  std::visit(
      [&](const auto& values) {
        if constexpr (requires { static_cast<double>(values[0]); } &&
                      !std::is_same_v<std::decay_t<decltype(values)>, std::string>)
          for (const auto v : values) numbers.push_back(static_cast<double>(v));
      },
      a->value);
  return numbers;
}

bool is_packed(const Retiming& r) { return r.scale != 1 || r.offset != 0; }
/// As decode() does it: in float64.
long double unpacked(const Retiming& r, long double v) {
  return is_packed(r) ? static_cast<long double>(static_cast<double>(v) * r.scale + r.offset) : v;
}

class RetimedStore final : public Store {
 public:
  RetimedStore(std::shared_ptr<const Store> times, Retiming how)
      : times_(std::move(times)), how_(std::move(how)), info_(times_->info()), item_(item_size(info_.dtype)) {
    info_.dtype = how_.to;
  }
  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    if (box.empty()) return;
    const Scratch piece(time_slot, item_ * box.size());
    times_->read(box, piece.data(), row_major_strides(box.extent, item_));
    visit_dtype(times_->info().dtype, [&]<class T>(T) {
      if constexpr (std::is_arithmetic_v<T>) {
        if (how_.to == DType::int64)
          write<T, std::int64_t>(piece.data(), box.extent, to, strides);
        else
          write<T, double>(piece.data(), box.extent, to, strides);
      }
    });
  }
  void prefetch(const Box& box) const override { times_->prefetch(box); }
  std::int64_t scratch_bytes(const Dims& extent) const override {
    std::int64_t n = item_;
    for (const auto e : extent) n *= e;
    return times_->scratch_bytes(extent) + n;
  }
  std::int64_t file_bytes(const Box& box) const override { return times_->file_bytes(box); }
  bool met_default_fill() const override { return times_->met_default_fill(); }
  void verify() const override { times_->verify(); }

 private:
  template <class From, class To>
  void write(const std::byte* from, const Dims& extent, std::byte* to, const Dims& strides) const {
    for_each_index(extent, [&](const Dims& at) {
      std::int64_t offset = 0;
      for (int i = 0; i < at.size(); i++) offset += at[i] * strides[i];
      From given;
      std::memcpy(&given, from, sizeof given);
      from += sizeof given;
      const To v = converted<From, To>(given);
      std::memcpy(to + offset, &v, sizeof v);
    });
  }
  template <class From, class To>
  To converted(From v) const {
    for (const double fill : how_.fills)
      if (static_cast<double>(v) == fill)
        return how_.fills_are_nan ? std::numeric_limits<To>::quiet_NaN() : static_cast<To>(v);
    if constexpr (std::is_same_v<To, double>) {
      return static_cast<double>(how_.convert(unpacked(how_, static_cast<long double>(v))));
    } else {
      std::int64_t all = 0;
      if (__builtin_mul_overflow(static_cast<std::int64_t>(v), how_.convert.numerator, &all) ||
          __builtin_add_overflow(all, how_.convert.offset, &all))
        throw IoError(fmt::format("{}: {} is no time of 64 bits in the units of the first file", info_.name, v));
      return all;
    }
  }

  std::shared_ptr<const Store> times_;
  Retiming how_;
  StoreInfo info_;
  std::int64_t item_;
};

double number_of(const StoreInfo& info, const char* name, double otherwise) {
  const auto numbers = numbers_of(find_attribute(info, name));
  return numbers.empty() ? otherwise : numbers[0];
}

Retiming retiming(const StoreInfo& first, const StoreInfo& part) {
  Retiming r;
  if (units_of(first) != units_of(part)) r.convert = time_conversion(first, part);
  r.scale = number_of(part, "scale_factor", 1);
  r.offset = number_of(part, "add_offset", 0);
  for (const char* name : {"_FillValue", "missing_value"})
    for (const double v : numbers_of(find_attribute(part, name)))
      if (!std::isnan(v)) r.fills.push_back(v);  // NaN stays what it is
  return r;
}

/// Rows of the first axis, some at a time.
template <class F>
void for_each_value(const Store& times, const F& f) {
  const Shape& shape = times.info().shape;
  const std::int64_t row = num_elements(shape) / std::max<std::int64_t>(1, shape[0]);
  const std::int64_t rows = std::max<std::int64_t>(1, (1 << 16) / std::max<std::int64_t>(1, row));
  visit_dtype(times.info().dtype, [&]<class T>(T) {
    if constexpr (std::is_arithmetic_v<T>) {
      for (std::int64_t k = 0; k < shape[0]; k += rows) {
        Box box{Dims::filled(shape.size(), 0), shape};
        box.lo[0] = k;
        box.extent[0] = std::min(rows, shape[0] - k);
        const auto values = std::make_unique<T[]>(static_cast<std::size_t>(box.size()));
        times.read(box, reinterpret_cast<std::byte*>(values.get()), row_major_strides(box.extent, sizeof(T)));
        for (std::int64_t i = 0; i < box.size(); i++) f(static_cast<long double>(values[i]));
      }
    }
  });
}

/// Before, the two calendars have other dates.
void require_gregorian(const StoreInfo& first, const Store& times, const Retiming& r, const StoreInfo& info) {
  const std::string calendar = text_attribute(info, "calendar"), others = text_attribute(first, "calendar");
  const auto refuse = [&] {
    throw UsageError(fmt::format("its calendar is {}, there {}, and not all of its times are after 1582-10-15",
                                 calendar.empty() ? "standard" : calendar, others.empty() ? "standard" : others));
  };
  if (info.shape.empty()) refuse();
  const TimeUnits units = parse_time_units(text_attribute(info, "units"), calendar);
  constexpr long double day = 86400e9L;
  for_each_value(times, [&](long double v) {
    if (std::find(r.fills.begin(), r.fills.end(), static_cast<double>(v)) != r.fills.end()) return;
    const long double moment =
        unpacked(r, v) * static_cast<long double>(units.unit) + static_cast<long double>(units.moment);
    if (moment / day + static_cast<long double>(units.day) < static_cast<long double>(first_gregorian_day)) refuse();
  });
}

bool are_of_one_calendar(const StoreInfo& a, const StoreInfo& b) {
  return parse_calendar(text_attribute(a, "calendar")) == parse_calendar(text_attribute(b, "calendar"));
}

/// True when its numbers are stored otherwise than those of the first, whatever they count.
bool is_of_another_kind(const Retiming& first, const Retiming& r, const StoreInfo& one, const StoreInfo& info) {
  return one.dtype != info.dtype || first.scale != r.scale || first.offset != r.offset || first.fills != r.fills ||
         (is_packed(r) && units_of(one) != units_of(info));
}

/// In which dtype they are, and what becomes of fill values.
void choose_elements(std::vector<Retiming>& all, const std::vector<StoreInfo>& infos) {
  bool whole = true, has_fills = false, one_kind = true;
  for (std::size_t k = 0; k < all.size(); k++) {
    const DType t = infos[k].dtype;
    if (t == DType::bool_ || is_complex(t))
      throw UsageError(fmt::format("{}: times are real numbers, not {}", infos[k].name, to_string(t)));
    whole = whole && all[k].convert.is_whole() && !is_packed(all[k]) && is_integer(t) && t != DType::uint64;
    has_fills = has_fills || !all[k].fills.empty();
    one_kind = one_kind && !is_packed(all[k]) && !is_of_another_kind(all[0], all[k], infos[0], infos[k]);
  }
  for (auto& r : all) {
    r.fills_are_nan = has_fills && !one_kind;
    r.to = whole && !r.fills_are_nan ? DType::int64 : DType::float64;
  }
}

}  // namespace

std::vector<Retiming> retimings(const std::vector<StoreInfo>& infos,
                                const std::function<std::shared_ptr<const Store>(std::size_t)>& open) {
  std::vector<Retiming> all;
  bool needed = false;
  for (std::size_t k = 0; k < infos.size(); k++) try {
      all.push_back(retiming(infos[0], infos[k]));
      needed = needed || !all[k].convert.is_identity() || is_of_another_kind(all[0], all[k], infos[0], infos[k]);
      const bool counts = counts_since(text_attribute(infos[k], "units"));
      if (counts && !are_of_one_calendar(infos[0], infos[k])) require_gregorian(infos[0], *open(k), all[k], infos[k]);
    } catch (const UsageError& e) {
      throw UsageError(fmt::format("{}: can't be joined with {}: {}", infos[k].name, infos[0].name, e.what()));
    }
  if (!needed) return {};
  choose_elements(all, infos);
  return all;
}

void retime(StoreInfo& info, const Retiming& how) {
  info.dtype = how.to;
  info.retimed = true;
  const bool was_packed = is_packed(how);
  std::erase_if(info.attributes, [&](const Attribute& a) {
    const bool is_fill = a.name == "_FillValue" || a.name == "missing_value";
    return is_packing_attribute(a.name) && (was_packed || (is_fill && how.fills_are_nan));
  });
  for (auto& a : info.attributes) {
    if (!is_packing_attribute(a.name)) continue;
    if (const auto numbers = numbers_of(&a); !numbers.empty() && how.to == DType::float64) a.value = numbers;
    a.stored = how.to;  // NetCDF wants fill values in the dtype of the elements
  }
}

void put_retiming(Writer& w, const Retiming& r) {
  w.put(r.to).put(r.convert).put(r.scale).put(r.offset).put(r.fills).put(r.fills_are_nan);
}
Retiming get_retiming(Reader& r) {
  Retiming found;
  found.to = r.get<DType>();
  found.convert = r.get<TimeConversion>();
  found.scale = r.get<double>();
  found.offset = r.get<double>();
  found.fills = r.get_vector<double>();
  found.fills_are_nan = r.get<bool>();
  return found;
}

std::shared_ptr<const Store> make_retimed_store(std::shared_ptr<const Store> times, Retiming how) {
  return std::make_shared<RetimedStore>(std::move(times), std::move(how));
}

}  // namespace tessera::io

#include <tessera/io/retimed_store.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include <tessera/core/labels.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace {

constexpr int slot = 5;  // none that the store below uses

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

class RetimedStore final : public Store {
 public:
  RetimedStore(std::shared_ptr<const Store> times, Retiming how)
      : times_(std::move(times)), how_(std::move(how)), info_(times_->info()), item_(item_size(info_.dtype)) {
    info_.dtype = how_.to;
  }
  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    if (box.empty()) return;
    const Scratch piece(slot, item_ * box.size());
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
      if (static_cast<double>(v) == fill) return static_cast<To>(v);
    if constexpr (std::is_same_v<To, double>) {
      return static_cast<double>(how_.convert(static_cast<long double>(v)));
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

}  // namespace

std::vector<Retiming> retimings(const std::vector<StoreInfo>& infos) {
  std::vector<Retiming> all;
  bool needed = false, whole = is_integer(infos[0].dtype) && infos[0].dtype != DType::uint64;
  for (const auto& info : infos) {
    Retiming r;
    try {
      r.convert = to_units_of(infos[0], info);
    } catch (const UsageError& e) {
      throw UsageError(fmt::format("{}: can't be joined with {}: {}", info.name, infos[0].name, e.what()));
    }
    for (const char* name : {"_FillValue", "missing_value"})
      for (const double v : numbers_of(find_attribute(info, name))) r.fills.push_back(v);
    needed = needed || !r.convert.is_identity();
    whole = whole && r.convert.is_whole();
    all.push_back(std::move(r));
  }
  if (!needed) return {};
  if (infos[0].dtype == DType::bool_ || is_complex(infos[0].dtype))
    throw UsageError(fmt::format("{}: times are real numbers, not {}", infos[0].name, to_string(infos[0].dtype)));
  for (auto& r : all) r.to = whole ? DType::int64 : DType::float64;
  return all;
}

void retime(StoreInfo& info, DType to) {
  info.dtype = to;
  info.retimed = true;
  for (auto& a : info.attributes) {
    if (!is_packing_attribute(a.name)) continue;
    if (const auto numbers = numbers_of(&a); !numbers.empty() && to == DType::float64) a.value = numbers;
    a.stored = to;  // NetCDF wants fill values in the dtype of the elements
  }
}

void put_retiming(Writer& w, const Retiming& r) { w.put(r.to).put(r.convert).put(r.fills); }
Retiming get_retiming(Reader& r) {
  Retiming found;
  found.to = r.get<DType>();
  found.convert = r.get<TimeConversion>();
  found.fills = r.get_vector<double>();
  return found;
}

std::shared_ptr<const Store> make_retimed_store(std::shared_ptr<const Store> times, Retiming how) {
  return std::make_shared<RetimedStore>(std::move(times), std::move(how));
}

}  // namespace tessera::io

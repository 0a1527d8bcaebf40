#include <tessera/core/ops/decode.hpp>

#include <cmath>
#include <limits>
#include <string_view>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>

namespace tessera {
namespace {

const Attribute* find(const StoreInfo& info, std::string_view name) {
  for (const auto& a : info.attributes)
    if (a.name == name) return &a;
  return nullptr;
}

std::vector<Scalar> numbers(const Attribute* a) {
  std::vector<Scalar> values;
  if (a == nullptr) return values;
  if (const auto* reals = std::get_if<std::vector<double>>(&a->value))
    for (const double v : *reals) values.emplace_back(v);
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&a->value))
    for (const std::int64_t v : *integers) values.emplace_back(v);
  if (const auto* large = std::get_if<std::vector<std::uint64_t>>(&a->value))
    for (const std::uint64_t v : *large) values.emplace_back(v);
  return values;
}

std::optional<double> number(const StoreInfo& info, std::string_view name) {
  const Attribute* a = find(info, name);
  const auto values = numbers(a);
  if (const auto* text = a == nullptr ? nullptr : std::get_if<std::string>(&a->value))
    throw UsageError(info.name + ": its " + a->name + " is the text '" + *text +
                     "', not a number; raw (--raw) takes the elements as they are");
  return values.empty() ? std::nullopt : std::optional(values[0].as<double>());
}

// _Unsigned: the dtype of the same width that the integers are meant in.
DType meant(const StoreInfo& info) {
  const DType t = info.dtype;
  const auto* a = find(info, "_Unsigned");
  const auto* text = a == nullptr ? nullptr : std::get_if<std::string>(&a->value);
  if (text == nullptr || !is_integer(t)) return t;
  constexpr int apart = static_cast<int>(DType::uint8) - static_cast<int>(DType::int8);
  if (is_signed_integer(t) && (*text == "true" || *text == "True"))
    return static_cast<DType>(static_cast<int>(t) + apart);
  if (is_unsigned_integer(t) && (*text == "false" || *text == "False"))
    return static_cast<DType>(static_cast<int>(t) - apart);
  return t;
}

// A fill value as elements of `t` hold it; nothing when no element can.
std::optional<Scalar> as_element(const Scalar& fill, DType stored, DType t) {
  const auto v = fill.as<double>();
  if (is_real_floating(t)) return std::isnan(v) ? std::nullopt : std::optional(Scalar(v));
  if (fill.kind() == Kind::real && (std::trunc(v) != v || std::abs(v) >= 9.2e18)) return std::nullopt;
  const Scalar whole = fill.kind() == Kind::real ? Scalar(static_cast<std::int64_t>(v)) : fill;
  if (whole.fits(t)) return whole;
  // -1 of int8 data that are meant as uint8.
  if (t == stored || !whole.fits(stored)) return std::nullopt;
  return visit_dtype(t, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      return Scalar(static_cast<T>(whole.as<std::int64_t>()));
    else
      return std::nullopt;
  });
}

std::vector<Scalar> fills_of(const StoreInfo& info) {
  auto fills = numbers(find(info, "_FillValue"));
  const auto more = numbers(find(info, "missing_value"));
  fills.insert(fills.end(), more.begin(), more.end());
  return fills;
}

bool can_decode(DType t) { return is_integer(t) || is_real_floating(t); }

// Whether there is more to do than to take the integers as they are meant.
bool is_packed(const StoreInfo& info) {
  return !fills_of(info).empty() || number(info, "scale_factor") || number(info, "add_offset");
}

}  // namespace

DType decoded_dtype(const StoreInfo& info) {
  if (!can_decode(info.dtype)) return info.dtype;
  const DType t = meant(info);
  if (!is_packed(info) || is_real_floating(t)) return t;
  return item_size(t) <= 2 && !number(info, "add_offset") ? DType::float32 : DType::float64;
}

Array decode(const Array& source) {
  const Store* store = source.node()->kind() == NodeKind::source ? as_source(*source.node()).store() : nullptr;
  const StoreInfo* info = store == nullptr ? nullptr : &store->info();
  if (info == nullptr || !can_decode(info->dtype)) return source;
  const DType stored = info->dtype, t = meant(*info);
  const Array x = t == stored ? source : astype(source, t);
  const auto fills = fills_of(*info);
  const auto scale = number(*info, "scale_factor"), offset = number(*info, "add_offset");
  if (!is_packed(*info)) return x;
  const DType result = decoded_dtype(*info);
  Array y = astype(x, result);
  std::optional<Array> missing;
  for (const auto& fill : fills)
    if (const auto v = as_element(fill, stored, t)) {
      const Array is = equal(x, *v);
      missing = missing ? logical_or(*missing, is) : is;
    }
  if (scale && *scale != 1) y = y * *scale;
  if (offset && *offset != 0) y = y + *offset;
  if (missing) y = where(*missing, std::numeric_limits<double>::quiet_NaN(), y);
  return y;
}

bool has_fill(const Array& x) {
  for (const auto& n : topological_order({x.node()}))
    if (n->kind() == NodeKind::source)
      if (const Store* store = as_source(*n).store(); store && can_decode(store->info().dtype))
        if (!fills_of(store->info()).empty()) return true;
  return false;
}

}  // namespace tessera

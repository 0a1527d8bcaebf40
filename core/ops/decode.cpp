#include <tessera/core/ops/decode.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/quantity.hpp>

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

// scale_factor or add_offset: one number, and the dtype that it has in the file.
struct Factor {
  double value = 0;
  DType type = DType::float64;
};

std::optional<Factor> factor(const StoreInfo& info, std::string_view name) {
  const Attribute* a = find(info, name);
  if (a == nullptr) return std::nullopt;
  const auto refuse = [&](const std::string& what) {
    throw UsageError(info.name + ": its " + a->name + " is " + what + "; option 'raw' takes the elements as they are");
  };
  if (const auto* text = std::get_if<std::string>(&a->value)) refuse("the text '" + *text + "', not a number");
  const auto values = numbers(a);
  if (values.size() != 1)
    refuse(values.empty() ? "no real number" : std::to_string(values.size()) + " numbers, not one");
  const DType own = std::holds_alternative<std::vector<double>>(a->value) ? DType::float64 : DType::int64;
  return Factor{values[0].as<double>(), a->stored.value_or(own)};
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

// What there is to do beside taking the integers as they are meant.
struct Packing {
  std::vector<Scalar> fills;
  std::optional<Factor> scale, offset;
  bool empty() const { return fills.empty() && !scale && !offset; }
};
Packing packing_of(const StoreInfo& info) {
  return {fills_of(info), factor(info, "scale_factor"), factor(info, "add_offset")};
}

// xarray's _choose_float_dtype (2026.9), but for integers as factors, in which its products wrap around.
DType unpacked(DType t, const Packing& p) {
  if (p.scale && p.offset && p.scale->type == p.offset->type && is_real_floating(p.scale->type))
    return is_integer(t) && item_size(t) == 4 ? DType::float64 : p.scale->type;
  if (p.offset) return DType::float64;
  if (p.scale) return is_real_floating(p.scale->type) ? p.scale->type : DType::float64;
  if (is_real_floating(t)) return t;
  return item_size(t) <= 2 ? DType::float32 : DType::float64;
}

// Integers that xarray and we write for bools.
bool means_bool(const StoreInfo& info) {
  const Attribute* a = find(info, "dtype");
  const auto* text = a == nullptr ? nullptr : std::get_if<std::string>(&a->value);
  return text != nullptr && *text == "bool" && is_integer(info.dtype);
}

}  // namespace

DType decoded_dtype(const StoreInfo& info) {
  if (!can_decode(info.dtype)) return info.dtype;
  const Packing p = packing_of(info);
  if (p.empty()) return means_bool(info) ? DType::bool_ : meant(info);
  return unpacked(meant(info), p);
}

Array decode(const Array& source) {
  const Store* store = source.node()->kind() == NodeKind::source ? as_source(*source.node()).store() : nullptr;
  const StoreInfo* info = store == nullptr ? nullptr : &store->info();
  if (info == nullptr || !can_decode(info->dtype)) return source;
  const Packing p = packing_of(*info);
  if (p.empty() && means_bool(*info)) return with_quantity(astype(source, DType::bool_), source, Quantity::As::decoded);
  const DType stored = info->dtype, t = meant(*info);
  const Array x = t == stored ? source : astype(source, t);
  if (p.empty()) return x;
  Array y = astype(x, unpacked(t, p));
  std::optional<Array> missing;
  for (const auto& fill : p.fills)
    if (const auto v = as_element(fill, stored, t)) {
      const Array is = equal(x, *v);
      missing = missing ? logical_or(*missing, is) : is;
    }
  if (p.scale && p.scale->value != 1) y = y * p.scale->value;
  if (p.offset && p.offset->value != 0) y = y + p.offset->value;
  if (missing) y = where(*missing, std::numeric_limits<double>::quiet_NaN(), y);
  return with_quantity(y, source, Quantity::As::decoded);
}

// Missing elements are NaN where they were decoded, and where NaN itself stands for them.
bool has_fill(const Array& x) {
  const std::vector<NodePtr> nodes = topological_order({x.node()});
  std::set<const Node*> decoded;
  for (const auto& n : nodes)
    if (n->kind() == NodeKind::quantity && as_quantity(*n).quantity().as == Quantity::As::decoded)
      decoded.insert(as_quantity(*n).quantity().of.get());
  return std::any_of(nodes.begin(), nodes.end(), [&](const NodePtr& n) {
    const Store* store = n->kind() == NodeKind::source ? as_source(*n).store() : nullptr;
    if (store == nullptr || !can_decode(store->info().dtype)) return false;
    const auto fills = fills_of(store->info());
    const auto is_nan = [](const Scalar& s) { return std::isnan(s.as<double>()); };
    if (is_real_floating(store->info().dtype) && std::any_of(fills.begin(), fills.end(), is_nan)) return true;
    return !fills.empty() && decoded.contains(n.get());
  });
}

bool is_stored(const Array& x) {
  for (const auto& n : topological_order({x.node()}))
    if (!visit_node(*n, overloaded{[](const SourceNode& s) { return s.store() != nullptr; },
                                   [](const ViewNode&) { return true; },
                                   [](const ConcatNode&) { return true; },
                                   [](const MapNode&) { return false; },
                                   [](const ReduceNode&) { return false; },
                                   [](const ScanNode&) { return false; },
                                   [](const SelectNode&) { return false; },
                                   [](const QuantityNode&) { return false; },
                                   [](const KeepNode&) { return false; },
                                   [](const SortNode&) { return false; },
                                   [](const SearchNode&) { return false; },
                                   [](const ContractNode&) { return false; },
                                   [](const GroupNode&) { return false; },
                                   [](const StencilNode&) { return false; },
                                   [](const CallNode&) { return false; },
                                   [](const ChunkCallNode&) { return false; },
                                   [](const RedistributeNode&) { return true; },
                                   [](const ReshapeNode&) { return true; },
                                   [](const GatherNode&) { return false; },
                                   [](const ScatterNode&) { return false; },
                                   [](const MaskCountNode&) { return false; },
                                   [](const CompressNode&) { return false; }}))
      return false;
  return true;
}

std::vector<DefaultFill> default_fills(std::span<const Array> arrays) {
  std::vector<NodePtr> roots;
  for (const auto& x : arrays) roots.push_back(x.node());
  std::vector<DefaultFill> all;
  for (const auto& n : topological_order(roots)) {
    const Store* store = n->kind() == NodeKind::source ? as_source(*n).store() : nullptr;
    if (store == nullptr) continue;
    const auto known =
        std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.dataset == store->info().name; });
    DefaultFill& d = known == all.end() ? all.emplace_back(DefaultFill{store->info().name, false}) : *known;
    d.met = d.met || store->met_default_fill();
  }
  return all;
}

}  // namespace tessera

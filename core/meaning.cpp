#include <tessera/core/meaning.hpp>

#include <algorithm>
#include <array>
#include <string_view>

#include <tessera/core/kernel/quantities.hpp>

namespace tessera {
namespace {

using Attributes = std::vector<Attribute>;

constexpr std::array<std::string_view, 17> references = {"coordinates",
                                                         "bounds",
                                                         "climatology",
                                                         "grid_mapping",
                                                         "cell_measures",
                                                         "ancillary_variables",
                                                         "formula_terms",
                                                         "geometry",
                                                         "nodes",
                                                         "node_count",
                                                         "part_node_count",
                                                         "interior_ring",
                                                         "mesh",
                                                         "compress",
                                                         "sample_dimension",
                                                         "instance_dimension",
                                                         "external_variables"};

constexpr std::array<std::string_view, 10> packing = {"dtype",       "_FillValue",  "missing_value", "scale_factor",
                                                      "add_offset",  "_Unsigned",   "valid_min",     "valid_max",
                                                      "valid_range", "actual_range"};
// What the numbers themselves depend on: of two datasets that differ in one, no number means the same.
constexpr std::array<std::string_view, 5> decisive = {"units", "calendar", "scale_factor", "add_offset", "_Unsigned"};

const Attribute* find(const Meaning& m, std::string_view name) {
  if (m.attributes)
    for (const auto& a : *m.attributes)
      if (a.name == name) return &a;
  return nullptr;
}

bool have_same(const Meaning& a, const Meaning& b, std::string_view name) {
  const Attribute *here = find(a, name), *there = find(b, name);
  return here && there ? here->value == there->value : here == there;
}

Meaning without(const Meaning& m, const auto& unwanted) {
  if (!m.attributes || std::none_of(m.attributes->begin(), m.attributes->end(), unwanted)) return m;
  auto rest = std::make_shared<Attributes>();
  std::remove_copy_if(m.attributes->begin(), m.attributes->end(), std::back_inserter(*rest), unwanted);
  return {std::move(rest), m.number, m.left_out, m.as_read};
}

Meaning computed(Meaning m) {
  m.as_read = false;
  return m;
}

/// "time: point" is not true of a mean.
Meaning behind_reduction(const Meaning& m) {
  return without(m, [](const Attribute& a) { return a.name == "cell_methods"; });
}

/// A difference of days since 2000 is no day since 2000, one of packed integers has no offset.
Meaning units_of(const Meaning& m) {
  if (m.number) return m;
  const Attribute* units = find(m, "units");
  const auto* text = units == nullptr ? nullptr : std::get_if<std::string>(&units->value);
  if (text == nullptr || text->find(" since ") != std::string::npos) return {};
  if (find(m, "scale_factor") != nullptr || find(m, "add_offset") != nullptr) return {};
  return {std::make_shared<Attributes>(1, *units), false};
}

Meaning units_of_both(const Meaning& a, const Meaning& b) {
  if (a.number && b.number) return a;
  return find(a, "units") != nullptr && have_same(a, b, "units") ? units_of(a) : Meaning{};
}

/// One value of a Program.
struct Value {
  Meaning meaning;
  bool one = false;  // a scalar 1
};

Meaning of_operation(const Instruction& i, const Value& a, const Value& b, const Value& c) {
  const Meaning &x = a.meaning, &y = b.meaning, &z = c.meaning;
  const int arity = info(i.op).arity;
  const bool numbers = x.number && (arity < 2 || y.number) && (arity < 3 || z.number);
  switch (quantity_rule(i.op)) {
    case QuantityRule::same:
      return i.op == Op::cast && i.to == DType::bool_ && i.type != DType::bool_ && !numbers ? Meaning{} : x;
    case QuantityRule::units:
      return units_of(x);
    case QuantityRule::both_units:
      return units_of_both(x, y);
    case QuantityRule::choice:
      return i.op == Op::where ? agreed(y, z) : agreed(x, y);
    case QuantityRule::sum:
      return y.number ? x : x.number ? y : units_of_both(x, y);
    case QuantityRule::difference:
      return y.number ? x : x.number ? units_of(y) : units_of_both(x, y);
    case QuantityRule::product:
      return b.one ? x : a.one ? y : Meaning{nullptr, numbers};
    case QuantityRule::quotient:
      return b.one ? x : Meaning{nullptr, numbers};
    case QuantityRule::nothing:
      return {nullptr, numbers};
  }
  return {};
}

}  // namespace

Meaning meaning_of(const StoreInfo& info) {
  auto left_out = std::make_shared<std::vector<UnreadAttribute>>();
  for (const auto& a : info.unread_attributes)
    if (a.too_large) left_out->push_back({info.name + ":" + a.name, a.holds, true});
  return {info.attributes.empty() ? nullptr : std::make_shared<Attributes>(info.attributes), false,
          left_out->empty() ? nullptr : std::move(left_out), true};
}

Meaning meaning_of(const Program& program, std::span<const ScalarParameter> scalars,
                   const std::vector<Meaning>& inputs) {
  std::vector<Value> values;
  values.reserve(program.values());
  for (const auto& m : inputs) values.push_back({m, false});
  for (const auto& s : scalars) values.push_back({{nullptr, true}, s.value.as<std::complex<double>>() == 1.0});
  for (const auto& i : program.code) {
    const Value none;
    const int arity = info(i.op).arity;
    const Value &a = values[i.a], &b = arity > 1 ? values[i.b] : none, &c = arity > 2 ? values[i.c] : none;
    const bool one = i.op == Op::cast && a.one;
    values.push_back({of_operation(i, a, b, c), one});
  }
  return computed(values[program.outputs[0]].meaning);
}

Meaning meaning_of(const Fold& fold, const Epilogue& epilogue, const Meaning& elements) {
  const auto ends_with = [&](Op op) {
    const auto& code = epilogue.program.code;
    return std::any_of(code.begin(), code.end(), [&](const Instruction& i) { return i.op == op; });
  };
  switch (quantity_rule(fold.combiner, ends_with(Op::divide), ends_with(Op::sqrt))) {
    case QuantityRule::same:
      return behind_reduction(elements);
    case QuantityRule::units:
      return units_of(elements);
    default:
      return {};
  }
}

Meaning meaning_of(Quantity::As as, const Meaning& other) {
  switch (as) {
    case Quantity::As::decoded:
      return without(other, [](const Attribute& a) { return is_packing_attribute(a.name); });
    case Quantity::As::mean:
      return computed(behind_reduction(other));
    case Quantity::As::itself:
      break;
  }
  return computed(other);
}

Meaning agreed(const Meaning& a, const Meaning& b) {
  if (a.number) return b;
  if (b.number || a.attributes == b.attributes) return a;
  for (const auto name : decisive)
    if (!have_same(a, b, name)) return {};
  return without(a, [&](const Attribute& x) { return !have_same(a, b, x.name); });
}

bool is_reference_attribute(const Attribute& a) {
  const bool is_text =
      std::holds_alternative<std::string>(a.value) || std::holds_alternative<std::vector<std::string>>(a.value);
  return is_text && (std::find(references.begin(), references.end(), a.name) != references.end() ||
                     a.name.ends_with("_coordinates") || a.name.ends_with("_connectivity"));
}

bool is_packing_attribute(const std::string& name) {
  return std::find(packing.begin(), packing.end(), name) != packing.end();
}

}  // namespace tessera

#include "value.hpp"

#include <algorithm>

namespace tessera::language {
namespace {
std::string part(const std::optional<std::int64_t>& v) { return v ? std::to_string(*v) : "None"; }

struct Printer {
  std::string operator()(None) const { return "None"; }
  std::string operator()(const Scalar& s) const { return tessera::to_string(s); }
  std::string operator()(const Array& x) const {
    return "array of shape " + tessera::to_string(x.shape()) + " and dtype " + tessera::to_string(x.dtype());
  }
  std::string operator()(const std::string& s) const { return s; }
  std::string operator()(DType t) const { return tessera::to_string(t); }
  std::string operator()(const Slice& s) const {
    return "slice(" + part(s.start) + ", " + part(s.stop) + ", " + part(s.step) + ")";
  }
  std::string operator()(Ellipsis) const { return "Ellipsis"; }
  std::string operator()(const Value::Tuple& items) const {  // as deep as the parser allows
    std::string text = "(";
    for (const Value& item : items) text += (text.size() > 1 ? ", " : "") + to_string(item);
    return text + (items.size() == 1 ? ",)" : ")");
  }
};

/// True for integers that are not negative, alone or in tuples.
bool are_unsigned(const Value& value) {
  if (const auto* s = value.get<Scalar>()) return s->kind() == Kind::integer && s->fits(DType::uint64);
  const auto* items = value.get<Value::Tuple>();
  return items && std::all_of(items->begin(), items->end(), are_unsigned);
}
/// True where an integer is beyond int64, alone or in tuples.
bool is_beyond(const Value& value) {
  if (const auto* s = value.get<Scalar>()) return s->default_dtype() == DType::uint64;
  const auto* items = value.get<Value::Tuple>();
  return items && std::any_of(items->begin(), items->end(), is_beyond);
}
}  // namespace

std::string kind_name(const Value& value) {
  constexpr const char* names[] = {"None",    "a number", "an array", "a string",
                                   "a dtype", "a slice",  "'...'",    "a tuple"};
  return names[value.content.index()];
}

std::optional<Array> nested_array(const Value& value, std::optional<DType> dtype) {
  if (const auto* x = value.get<Array>()) return astype(*x, dtype.value_or(x->dtype()));
  if (!dtype && is_beyond(value) && are_unsigned(value)) dtype = DType::uint64;
  if (const auto* s = value.get<Scalar>()) {
    if (dtype && is_integer(*dtype) && s->kind() == Kind::integer && !s->fits(*dtype))
      throw ValueError("array: " + to_string(*s) + " does not fit in " + to_string(*dtype));
    return full({}, *s, dtype);
  }
  const auto* items = value.get<Value::Tuple>();
  if (items == nullptr) return std::nullopt;
  if (items->empty()) return zeros({0}, {.dtype = dtype.value_or(DType::float64)});
  std::vector<Array> arrays;
  for (const auto& item : *items) {
    const auto x = nested_array(item, dtype);
    if (!x) return std::nullopt;
    arrays.push_back(*x);
  }
  return stack(arrays, 0);
}

std::string to_string(const Value& value) { return std::visit(Printer{}, value.content); }

}  // namespace tessera::language

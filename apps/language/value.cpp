#include "value.hpp"

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
}  // namespace

std::string kind_name(const Value& value) {
  constexpr const char* names[] = {"None",    "a number", "an array", "a string",
                                   "a dtype", "a slice",  "'...'",    "a tuple"};
  return names[value.content.index()];
}

std::optional<Array> nested_array(const Value& value) {
  if (const auto* x = value.get<Array>()) return *x;
  if (const auto* s = value.get<Scalar>()) return full({}, *s);
  const auto* items = value.get<Value::Tuple>();
  if (items == nullptr) return std::nullopt;
  if (items->empty()) return zeros({0});
  std::vector<Array> arrays;
  for (const auto& item : *items) {
    const auto x = nested_array(item);
    if (!x) return std::nullopt;
    arrays.push_back(*x);
  }
  return stack(arrays, 0);
}

std::string to_string(const Value& value) { return std::visit(Printer{}, value.content); }

}  // namespace tessera::language

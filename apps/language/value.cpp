#include "value.hpp"

#include <algorithm>
#include <cstring>

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
  std::string operator()(const std::shared_ptr<const Value::Nest>& nest) const {  // as deep as the parser allows
    std::string text = "(";
    for (const Value& item : nest->items) text += (text.size() > 1 ? ", " : "") + to_string(item);
    return text + (nest->items.size() == 1 ? ",)" : ")");
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

Value::Value(Tuple items) {
  auto nest = std::make_shared<Nest>();
  for (const auto& item : items) {
    nest->depth = std::max(nest->depth, nesting(item) + 1);
    nest->leaves = std::min(nest->leaves + language::leaves(item), std::int64_t{1} << 61);
  }
  nest->items = std::move(items);
  content = std::shared_ptr<const Nest>(std::move(nest));
}

std::string kind_name(const Value& value) {
  constexpr const char* names[] = {"None",    "a number", "an array", "a string",
                                   "a dtype", "a slice",  "'...'",    "a tuple"};
  return names[value.content.index()];
}

Value tuple_of(const std::vector<Array>& arrays) {
  Value::Tuple items;
  for (const auto& x : arrays) items.emplace_back(x);
  return items;
}

int nesting(const Value& value) {
  const auto* nest = value.get<std::shared_ptr<const Value::Nest>>();
  return nest ? (*nest)->depth : 0;
}

std::int64_t leaves(const Value& value) {
  const auto* nest = value.get<std::shared_ptr<const Value::Nest>>();
  return nest ? (*nest)->leaves : 1;
}

namespace {

/// Numbers in regular tuples, laid out row by row.
struct Table {
  Shape shape;
  std::vector<Scalar> numbers;

  /// False for what is not a table: other values, rows of different lengths, more than max_rank dimensions.
  bool take(const Value& value, int axis) {
    const auto* items = value.get<Value::Tuple>();
    if (items == nullptr || items->empty() || axis == max_rank) return false;
    const auto n = static_cast<std::int64_t>(items->size());
    if (axis == shape.size() && numbers.empty()) shape.push_back(n);
    if (axis >= shape.size() || shape[axis] != n) return false;
    return std::all_of(items->begin(), items->end(), [&](const Value& item) {
      if (item.get<Value::Tuple>()) return take(item, axis + 1);
      const auto* number = item.get<Scalar>();
      if (number == nullptr || axis + 1 != shape.size()) return false;
      numbers.push_back(*number);
      return true;
    });
  }
};

Array array_of(const Table& table, std::optional<DType> dtype) {
  DType type = dtype.value_or(table.numbers[0].default_dtype());
  if (!dtype)
    for (const auto& s : table.numbers) type = promote(type, s.default_dtype());
  return visit_dtype(type, [&]<class T>(T) {
    std::vector<std::byte> bytes(table.numbers.size() * sizeof(T));
    std::byte* to = bytes.data();
    for (const Scalar& s : table.numbers) {
      if (is_integer(type) && s.kind() == Kind::integer && !s.fits(type))
        throw ValueError("array: " + to_string(s) + " does not fit in " + to_string(type));
      const T v = s.as<T>();
      std::memcpy(to, &v, sizeof v);
      to += sizeof v;
    }
    return from_values(table.shape, type, std::move(bytes));
  });
}

}  // namespace

std::optional<Array> nested_array(const Value& value, Room& room, std::optional<DType> dtype) {
  if (const auto* x = value.get<Array>()) return astype(*x, dtype.value_or(x->dtype()));
  if (!dtype && is_beyond(value) && are_unsigned(value)) dtype = DType::uint64;
  if (const auto* s = value.get<Scalar>()) {
    if (dtype && is_integer(*dtype) && s->kind() == Kind::integer && !s->fits(*dtype))
      throw ValueError("array: " + to_string(*s) + " does not fit in " + to_string(*dtype));
    return full({}, *s, dtype);
  }
  const auto* items = value.get<Value::Tuple>();
  if (items == nullptr) return std::nullopt;
  if (Table table; table.take(value, 0)) return array_of(table, dtype);
  if (items->empty()) return zeros({0}, {.dtype = dtype.value_or(DType::float64)});
  std::vector<Array> arrays;
  for (const auto& item : *items) {
    room.take(2);
    const auto x = nested_array(item, room, dtype);
    if (!x) return std::nullopt;
    arrays.push_back(*x);
  }
  return stack(arrays, 0);
}

std::string to_string(const Value& value) { return std::visit(Printer{}, value.content); }

}  // namespace tessera::language

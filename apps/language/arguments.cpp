#include "arguments.hpp"

#include <algorithm>

#include "suggest.hpp"

namespace tessera::language {
namespace {
/// The integer that a value is; bools count as Python's do.
std::optional<std::int64_t> to_integer(const Value& value) {
  const Scalar* s = value.get<Scalar>();
  if (s == nullptr || s->kind() > Kind::integer || !s->fits(DType::int64)) return std::nullopt;
  return s->as<std::int64_t>();
}

/// The array itself, or the first one of a tuple: concat((x, y)).
const Array* first_array(const Value& value) {
  if (const auto* items = value.get<Value::Tuple>())
    for (const auto& item : *items)
      if (item.get<Array>()) return item.get<Array>();
  return value.get<Array>();
}
}  // namespace

Array as_array(const Scalar& value) { return full({}, value); }

Arguments::Arguments(const SourceText& source, const Signature& signature, Place call,
                     std::vector<PassedArgument> passed, Room& room)
    : source_(source), signature_(signature), room_(room), call_(call), bound_(signature.parameters().size()) {
  const auto& parameters = signature.parameters();
  std::size_t position = 0;
  // As NumPy's generators are called: with size=..., or an array, the shape does not come first.
  if (!parameters.empty() && parameters[0].name == "shape") {
    for (auto& argument : passed)
      if (argument.keyword == "size") argument.keyword = "shape", position = 1;
    if (signature.find("seed") > 0 && !passed.empty() && passed[0].keyword.empty() && passed[0].value.get<Array>())
      position = 1;
  }
  Value::Tuple rest;  // what a "*name" takes
  Place rest_place = 0;
  for (auto& argument : passed) {
    std::size_t slot = position;
    if (argument.keyword.empty() && position < parameters.size() && parameters[position].variadic) {
      if (rest.empty()) rest_place = argument.place;
      rest.push_back(std::move(argument.value));
      continue;
    }
    if (argument.keyword.empty()) {
      if (position == parameters.size() || parameters[position].named_only) {
        const bool named = position < parameters.size();
        source.fail(argument.place, "too many arguments: " + signature.text() + " takes " +
                                        (named ? "the others by name" : std::to_string(parameters.size())));
      }
      position++;
    } else {
      const int found = signature.find(argument.keyword);
      if (found < 0) {
        const std::string name(argument.keyword);
        source.fail(argument.place,
                    signature.text() + " has no argument '" + name + "'" + did_you_mean(name, signature.names()));
      }
      slot = static_cast<std::size_t>(found);
    }
    if (bound_[slot]) source.fail(argument.place, "the argument '" + parameters[slot].name + "' is given twice");
    bound_[slot] = std::move(argument);
  }
  if (!rest.empty()) bound_[position] = PassedArgument{"", {std::move(rest)}, rest_place};
  for (std::size_t i = 0; i < parameters.size(); i++)
    if (parameters[i].required && !bound_[i])
      source.fail(call, "the argument '" + parameters[i].name + "' is missing: " + signature.text());
}

const Value* Arguments::find(std::string_view name) const {
  const auto& slot = bound_[signature_.find(name)];
  return slot ? &slot->value : nullptr;
}

bool Arguments::given(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && !value->is_none();
}

bool Arguments::is_none(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && value->is_none();
}

void Arguments::fail(std::string_view name, const std::string& message) const {
  const auto& slot = bound_[signature_.find(name)];
  source_.fail(slot ? slot->place : call_, signature_.name() + ": " + message);
}

void Arguments::wrong(std::string_view name, const char* wanted) const {
  const Value* value = find(name);
  std::string got = value ? kind_name(*value) : "nothing";
  if (value && value->get<Scalar>()) got = to_string(*value);
  fail(name, "'" + std::string(name) + "' must be " + wanted + ", not " + got);
}

std::optional<Array> Arguments::array_of(const Value& value, std::optional<DType> dtype) const {
  if (!value.get<Array>() && !value.get<Value::Tuple>()) return std::nullopt;
  return nested_array(value, room_, dtype);
}

Array Arguments::array(std::string_view name) const {
  const Value* value = find(name);
  if (value && value->get<Scalar>()) return as_array(*value->get<Scalar>());
  if (value)
    if (const auto x = array_of(*value)) return *x;
  wrong(name, "a number, an array or a tuple of numbers");
}

std::vector<Array> Arguments::arrays(std::string_view name) const {
  if (find(name) == nullptr) return {};
  std::vector<Array> arrays;
  for (const Operand& operand : operands(name))
    arrays.push_back(operand.array() ? *operand.array() : as_array(*operand.scalar()));
  return arrays;
}

std::vector<Operand> Arguments::operands(std::string_view name) const {
  const Value* value = find(name);
  const auto* items = value ? value->get<Value::Tuple>() : nullptr;
  if (!items) wrong(name, "a tuple of arrays and numbers");
  room_.take(2 * static_cast<std::int64_t>(items->size()));  // an operation or two of each, as a rule
  std::vector<Operand> operands;
  for (const Value& item : *items) {
    if (const auto* s = item.get<Scalar>())
      operands.emplace_back(*s);
    else if (const auto x = array_of(item))
      operands.emplace_back(*x);
    else
      fail(name, "'" + std::string(name) + "' must hold arrays and numbers, not " + kind_name(item));
  }
  return operands;
}

std::optional<std::vector<Scalar>> Arguments::numbers(std::string_view name) const {
  const Value* value = find(name);
  const auto* items = value ? value->get<Value::Tuple>() : nullptr;
  if (!items) return std::nullopt;
  room_.take(2 * static_cast<std::int64_t>(items->size()));
  std::vector<Scalar> numbers;
  for (const Value& item : *items) {
    const auto* s = item.get<Scalar>();
    if (!s) return std::nullopt;
    numbers.push_back(*s);
  }
  return numbers;
}

std::string Arguments::text(std::string_view name) const {
  const Value* value = find(name);
  if (value && value->get<std::string>()) return *value->get<std::string>();
  wrong(name, "a string");
}

Operand Arguments::operand(std::string_view name) const {
  const Value* value = find(name);
  if (value && value->get<Scalar>()) return *value->get<Scalar>();
  if (value)
    if (const auto x = array_of(*value)) return *x;
  wrong(name, "a number, an array or a tuple of numbers");
}

Scalar Arguments::scalar(std::string_view name, std::optional<Scalar> otherwise) const {
  if (!given(name) && otherwise) return *otherwise;
  const Value* value = find(name);
  if (value && value->get<Scalar>()) return *value->get<Scalar>();
  wrong(name, "a number");
}

std::int64_t Arguments::integer(std::string_view name, std::int64_t otherwise) const {
  if (!given(name)) return otherwise;
  if (const auto i = to_integer(*find(name))) return *i;
  if (const auto* text = find(name)->get<std::string>()) return named_axis(name, *text);
  wrong(name, "an integer");
}

std::uint64_t Arguments::unsigned_integer(std::string_view name, std::uint64_t otherwise) const {
  if (!given(name)) return otherwise;
  const Scalar* s = find(name)->get<Scalar>();
  if (s == nullptr || s->kind() > Kind::integer || !s->fits(DType::uint64))
    wrong(name, "an integer from 0 to 2**64 - 1");
  return s->as<std::uint64_t>();
}

double Arguments::real(std::string_view name, double otherwise) const {
  if (!given(name)) return otherwise;
  const Scalar s = scalar(name);
  if (s.kind() == Kind::complex) wrong(name, "a real number");
  return s.as<double>();
}

bool Arguments::flag(std::string_view name, bool otherwise) const {
  if (!given(name)) return otherwise;
  const Scalar* s = find(name)->get<Scalar>();
  if (s == nullptr || s->kind() > Kind::integer) wrong(name, "True or False");
  return s->as<bool>();
}

std::int64_t Arguments::named_axis(std::string_view name, const std::string& dimension) const {
  if (signature_.name() == "stack" || signature_.name() == "expand_dims")
    fail(name, "'" + std::string(name) + "' is a new axis of the result, which has no name; give its number");
  const Array* x = nullptr;
  for (const auto& argument : bound_)
    if (argument && x == nullptr) x = first_array(argument->value);
  std::vector<std::string> names;
  if (x != nullptr)
    for (const auto& axis : labels_of(*x).axes) names.push_back(axis.name);
  const auto found = std::find(names.begin(), names.end(), dimension);
  if (found != names.end() && !dimension.empty()) return found - names.begin();
  std::string list;
  for (const auto& n : names)
    if (!n.empty()) list += (list.empty() ? "" : ", ") + n;
  if (list.empty())
    fail(name,
         "'" + std::string(name) + "' is '" + dimension + "', but the dimensions have no names here; give its number");
  std::string hint = did_you_mean(dimension, names);
  if (hint.empty()) hint = "; there are " + list;
  fail(name, "there is no dimension '" + dimension + "'" + hint);
}

Dims Arguments::dims(std::string_view name) const {
  if (!given(name)) return {};
  const Value& value = *find(name);
  if (const auto* text = value.get<std::string>()) return {named_axis(name, *text)};
  if (const auto i = to_integer(value)) return {*i};
  const auto* items = value.get<Value::Tuple>();
  if (items == nullptr) wrong(name, "an integer or a tuple of integers");
  if (items->size() > static_cast<std::size_t>(max_rank))
    fail(name, "arrays have at most " + std::to_string(max_rank) + " dimensions");
  Dims dims;
  for (const Value& item : *items) {
    const auto* text = item.get<std::string>();
    const auto i = text ? named_axis(name, *text) : to_integer(item);
    if (!i) wrong(name, "an integer or a tuple of integers");
    dims.push_back(*i);
  }
  return dims;
}

std::vector<double> Arguments::reals(std::string_view name) const {
  std::vector<double> numbers;
  for (const Scalar& s : scalars(name)) {
    if (s.kind() == Kind::complex) wrong(name, "a tuple of real numbers");
    numbers.push_back(s.as<double>());
  }
  return numbers;
}

std::vector<Scalar> Arguments::scalars(std::string_view name) const {
  std::vector<Scalar> numbers;
  if (!given(name)) return numbers;
  const auto* items = find(name)->get<Value::Tuple>();
  if (items == nullptr) wrong(name, "a tuple of numbers");
  for (const Value& item : *items) {
    if (item.get<Scalar>() == nullptr)
      fail(name, "'" + std::string(name) + "' must hold numbers, not " + kind_name(item));
    numbers.push_back(*item.get<Scalar>());
  }
  return numbers;
}

std::string Arguments::text(std::string_view name, const std::string& otherwise) const {
  if (!given(name)) return otherwise;
  const auto* text = find(name)->get<std::string>();
  if (text == nullptr) wrong(name, "a string");
  return *text;
}

std::optional<Array> Arguments::array_given(std::string_view name, std::optional<DType> dtype) const {
  const Value* value = find(name);
  if (value == nullptr || (!value->get<Array>() && !value->get<Value::Tuple>())) return std::nullopt;
  if (const auto x = array_of(*value, dtype)) return x;
  wrong(name, "a number, an array or a tuple of numbers");
}

std::optional<std::int64_t> Arguments::axis(std::string_view name) const {
  if (!given(name)) return std::nullopt;
  const Dims axes = dims(name);
  if (axes.size() != 1) fail(name, "one axis");
  return axes[0];
}

bool Arguments::is_tuple(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && value->get<Value::Tuple>() != nullptr;
}

Dims Arguments::lengths(std::string_view name) const {
  const Dims dims = this->dims(name);
  for (const std::int64_t n : dims)
    if (n < 0) fail(name, "'" + std::string(name) + "' has the negative length " + std::to_string(n));
  return dims;
}

Axes Arguments::axes(std::string_view name) const {
  if (!given(name)) return {};
  const Dims dims = this->dims(name);
  return Axes(std::vector<std::int64_t>(dims.begin(), dims.end()));
}

std::optional<DType> Arguments::dtype(std::string_view name) const {
  if (!given(name)) return std::nullopt;
  const Value& value = *find(name);
  if (const auto* t = value.get<DType>()) return *t;
  const auto* text = value.get<std::string>();
  if (text == nullptr) wrong(name, "a dtype, such as float32 or 'float32'");
  if (const auto t = parse_dtype(*text)) return t;
  std::vector<std::string> names;
  for (int i = 0; i < dtype_count; i++) names.push_back(to_string(static_cast<DType>(i)));
  fail(name, "unknown dtype '" + *text + "'" + did_you_mean(*text, names));
}

}  // namespace tessera::language

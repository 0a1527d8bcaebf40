#pragma once
// Value: what an expression of the command line can be. Arrays are lazy; everything else is known at once.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::language {

struct None {};

struct Value {
  using Tuple = std::vector<Value>;
  std::variant<None, Scalar, Array, std::string, DType, Slice, Ellipsis, Tuple> content;

  template <class T>
  const T* get() const {
    return std::get_if<T>(&content);
  }
  bool is_none() const { return get<None>() != nullptr; }
};

/// "an array", "a number", "a tuple", ...: for messages.
std::string kind_name(const Value& value);
/// An array, a number, or tuples of these in tuples: what NumPy's array() takes. Nothing for other values.
/// Without a dtype that of the numbers together: integers beyond int64 are uint64 when none is negative.
/// throws ShapeError when the items of a tuple have different shapes, ValueError for an integer that is out of range.
std::optional<Array> nested_array(const Value& value, std::optional<DType> dtype = {});
/// As Python prints it; an array as "array of shape (3, 4) and dtype float64".
std::string to_string(const Value& value);

}  // namespace tessera::language

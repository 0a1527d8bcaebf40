#pragma once
// Value: what an expression of the command line can be. Arrays are lazy; everything else is known at once.
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tessera/tessera.hpp>

#include "room.hpp"

namespace tessera::language {

struct None {};

struct Value {
  using Tuple = std::vector<Value>;
  struct Nest;
  /// Tuples are shared: reading a name that stands for 10^5 arrays costs nothing.
  using Content = std::variant<None, Scalar, Array, std::string, DType, Slice, Ellipsis, std::shared_ptr<const Nest>>;
  Content content;

  Value() = default;
  template <class T>
  requires(!std::same_as<std::remove_cvref_t<T>, Value> && std::constructible_from<Content, T>) Value(T&& value)
      : content(std::forward<T>(value)) {}  // NOLINT
  Value(Tuple items);                       // NOLINT

  template <class T>
  const T* get() const;
  bool is_none() const { return get<None>() != nullptr; }
};

/// A tuple, and what would take long to count again: names let a short text make a huge one, a = (a, a) again and
/// again.
struct Value::Nest {
  Tuple items;
  int depth = 1;            ///< of tuples in tuples
  std::int64_t leaves = 0;  ///< what is in them that is no tuple, each as often as it stands there; 2^61 at most
};

template <class T>
const T* Value::get() const {
  if constexpr (std::same_as<T, Tuple>) {
    const auto* nest = std::get_if<std::shared_ptr<const Nest>>(&content);
    return nest ? &(*nest)->items : nullptr;
  } else {
    return std::get_if<T>(&content);
  }
}

/// "an array", "a number", "a tuple", ...: for messages.
std::string kind_name(const Value& value);
/// How deep tuples stand in tuples: 0 for what is none.
int nesting(const Value& value);
/// What is in them that is no tuple: 1 for what is none itself.
std::int64_t leaves(const Value& value);
/// An array, a number, or tuples of these in tuples: what NumPy's array() takes. Nothing for other values. room: for an array
/// of each item, unless all are numbers.
/// Without a dtype that of the numbers together: integers beyond int64 are uint64 when none is negative.
/// throws ShapeError when the items of a tuple have different shapes, ValueError for an integer that is out of range.
std::optional<Array> nested_array(const Value& value, Room& room, std::optional<DType> dtype = {});
/// A tuple of them.
Value tuple_of(const std::vector<Array>& arrays);
/// As Python prints it; an array as "array of shape (3, 4) and dtype float64".
std::string to_string(const Value& value);

}  // namespace tessera::language

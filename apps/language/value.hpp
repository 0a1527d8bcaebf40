#pragma once
// Value: what an expression of the command line can be. Arrays are lazy; everything else is known at once.
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::language {

struct None {};

struct Value {
  using Tuple = std::vector<Value>;
  /// Tuples are shared: reading a name that stands for 10^5 arrays costs nothing.
  using Content = std::variant<None, Scalar, Array, std::string, DType, Slice, Ellipsis, std::shared_ptr<const Tuple>>;
  Content content;

  Value() = default;
  template <class T>
  requires(!std::same_as<std::remove_cvref_t<T>, Value> && std::constructible_from<Content, T>) Value(T&& value)
      : content(std::forward<T>(value)) {}                                          // NOLINT
  Value(Tuple items) : content(std::make_shared<const Tuple>(std::move(items))) {}  // NOLINT

  template <class T>
  const T* get() const {
    if constexpr (std::same_as<T, Tuple>) {
      const auto* items = std::get_if<std::shared_ptr<const Tuple>>(&content);
      return items ? items->get() : nullptr;
    } else {
      return std::get_if<T>(&content);
    }
  }
  bool is_none() const { return get<None>() != nullptr; }
};

/// "an array", "a number", "a tuple", ...: for messages.
std::string kind_name(const Value& value);
/// How deep tuples stand in tuples: 0 for what is none.
int nesting(const Value& value);
/// An array, a number, or tuples of these in tuples: what NumPy's array() takes. Nothing for other values.
/// Without a dtype that of the numbers together: integers beyond int64 are uint64 when none is negative.
/// throws ShapeError when the items of a tuple have different shapes, ValueError for an integer that is out of range.
std::optional<Array> nested_array(const Value& value, std::optional<DType> dtype = {});
/// As Python prints it; an array as "array of shape (3, 4) and dtype float64".
std::string to_string(const Value& value);

}  // namespace tessera::language

#pragma once
// Arrays of numbers that the program has: small tables, weights, thresholds.
#include <cstring>
#include <initializer_list>
#include <ranges>
#include <vector>

#include <tessera/core/array.hpp>

namespace tessera {

/// An array of these elements, row-major, in the default chunks. Lazy; the elements stay with the expression, outside
/// the budget. Every rank gives the same ones. `values`: as bytes. throws ShapeError when there are not as many as the
/// shape has.
TESSERA_API Array from_values(const Shape& shape, DType type, std::vector<std::byte> values);

template <class T>
Array from_values(const Shape& shape, const std::vector<T>& values) {
  static_assert(!std::is_same_v<T, bool>, "a std::vector<bool> has no elements in memory; use uint8 and astype");
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return from_values(shape, dtype_of<T>, std::move(bytes));
}

/// The same from anything that has its elements in a row: a std::vector, std::array, std::span, std::valarray. The
/// elements are copied, and the expression keeps them. throws ShapeError when there are not as many as the shape has.
template <std::ranges::contiguous_range R>
requires(std::ranges::sized_range<R>&& requires { dtype_of_impl<std::ranges::range_value_t<R>>::value; }) Array
    array(const R& values, const Shape& shape) {
  const auto bytes = std::as_bytes(std::span(std::ranges::data(values), std::ranges::size(values)));
  return from_values(shape, dtype_of<std::ranges::range_value_t<R>>,
                     std::vector<std::byte>(bytes.begin(), bytes.end()));
}
/// array({1.5, 2, 4}): along one axis.
template <class T>
requires(requires { dtype_of_impl<T>::value; }) Array array(std::initializer_list<T> values) {
  return array(std::span(values.begin(), values.size()), {static_cast<std::int64_t>(values.size())});
}

}  // namespace tessera

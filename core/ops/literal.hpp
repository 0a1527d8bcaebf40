#pragma once
// Arrays of numbers that the program has: small tables, weights, thresholds.
#include <cstring>
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

}  // namespace tessera

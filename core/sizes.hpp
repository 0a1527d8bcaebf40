#pragma once
// Arithmetic of sizes: elements, bytes, chunks. An array of 2^62 elements is as easily written as one of ten, so every
// product and sum of sizes is one of these:
//
//   checked_multiply, checked_add   throw ShapeError that says the sizes: what has to be right, as extents and offsets
//   Amount                          stays at 2^63 - 1 instead of leaving 64 bits: what is only compared with a budget,
//                                   or shown, as the costs of a plan
#include <compare>
#include <cstdint>
#include <limits>

#include <tessera/core/export.hpp>

namespace tessera {

/// a * b. throws ShapeError on overflow.
TESSERA_API std::int64_t checked_multiply(std::int64_t a, std::int64_t b);
/// a + b. throws ShapeError on overflow.
TESSERA_API std::int64_t checked_add(std::int64_t a, std::int64_t b);

/// A number of bytes, elements or tiles, 0 or more; 2^63 - 1 stands for itself and for everything beyond.
class Amount {
 public:
  constexpr Amount(std::int64_t value = 0) : value_(value) {}  // NOLINT: a number is an amount
  constexpr std::int64_t value() const { return value_; }
  /// What is too much to be said in 64 bits.
  static constexpr Amount beyond() { return most; }
  friend constexpr Amount operator+(Amount a, Amount b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a.value_, b.value_, &sum) ? most : sum;
  }
  friend constexpr Amount operator*(Amount a, Amount b) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(a.value_, b.value_, &product) ? most : product;
  }
  constexpr Amount& operator+=(Amount a) { return *this = *this + a; }
  constexpr Amount& operator*=(Amount a) { return *this = *this * a; }
  friend constexpr auto operator<=>(Amount, Amount) = default;

 private:
  static constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::int64_t value_;
};

/// a / b rounded up, for a >= 0 and b > 0.
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

}  // namespace tessera

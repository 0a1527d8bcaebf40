// Products of matrices whose rows lie apart, against the definition: whole numbers, so that every order of additions gives
// the same; integers on every target.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <complex>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include <tessera/core/cpu/target.hpp>
#include <tessera/core/device/host_products.hpp>

namespace tessera {
namespace {

template <class T>
T drawn(std::mt19937& random) {
  const int n = static_cast<int>(random() % 19) - 9;
  if constexpr (std::is_same_v<T, bool>) return n > 6;
  if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<std::uint64_t>(n) * 0x9e3779b97f4a7c15ULL);
  if constexpr (is_complex(dtype_of<T>))
    return {static_cast<typename T::value_type>(n), static_cast<typename T::value_type>(random() % 7)};
  else
    return static_cast<T>(n);
}

template <class T>
T plus_product(T c, T a, T b) {
  if constexpr (std::is_same_v<T, bool>)
    return c || (a && b);
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::uint64_t>(c) +
                          static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  else
    return c + a * b;
}

template <class T>
struct Matrix {
  std::int64_t rows, columns, row;
  std::vector<std::byte> memory = std::vector<std::byte>(static_cast<std::size_t>(rows * row) * sizeof(T));
  T* at(std::int64_t i, std::int64_t j) { return reinterpret_cast<T*>(memory.data()) + i * row + j; }
  std::int64_t row_bytes() const { return row * static_cast<std::int64_t>(sizeof(T)); }
};

/// A sum that is zero has the sign that the library's order of additions gives it, which its processors differ in.
template <class T>
void forget_signs_of_zeros(Matrix<T>& x) {
  for (std::int64_t i = 0; i < x.rows; i++)
    for (std::int64_t j = 0; j < x.row; j++) *x.at(i, j) = static_cast<T>(*x.at(i, j) + T{});
}

template <class T>
void expect_products(std::mt19937& random, std::int64_t m, std::int64_t n, std::int64_t k) {
  Matrix<T> a{m, k, k + 3}, b{k, n, n}, c{m, n, n + 5};
  for (auto* x : {&a, &b, &c})
    for (std::int64_t i = 0; i < x->rows; i++)
      for (std::int64_t j = 0; j < x->row; j++) *x->at(i, j) = drawn<T>(random);
  const ProductLibrary library(dtype_of<T>);
  for (const bool add : {false, true}) {
    Matrix<T> expected = c;
    for (std::int64_t i = 0; i < m; i++)
      for (std::int64_t j = 0; j < n; j++) {
        T sum = add ? *c.at(i, j) : T{};
        for (std::int64_t q = 0; q < k; q++) sum = plus_product(sum, *a.at(i, q), *b.at(q, j));
        *expected.at(i, j) = sum;
      }
    Matrix<T> got = c;
    multiply_matrices(dtype_of<T>, {m, n, k, a.memory.data(), a.row_bytes(), b.memory.data(), b.row_bytes(),
                                    got.memory.data(), got.row_bytes(), add});
    for (auto* x : {&got, &expected}) forget_signs_of_zeros(*x);
    EXPECT_EQ(got.memory, expected.memory) << to_string(dtype_of<T>) << " " << m << " " << n << " " << k << " " << add;
  }
}

TEST(Products, AreThoseOfTheDefinition) {
  std::mt19937 random(1);
  for (const auto target : cpu::supported_targets()) {
    const cpu::Target before = cpu::target();
    cpu::set_target(target);
    for (const auto& [m, n, k] :
         {std::array<std::int64_t, 3>{1, 1, 1}, {1, 7, 3}, {5, 1, 9}, {4, 128, 6}, {7, 131, 20}, {17, 33, 65}})
      for (int t = 0; t < dtype_count; t++)
        visit_dtype(static_cast<DType>(t),
                    [&, m = m, n = n, k = k]<class T>(T) { expect_products<T>(random, m, n, k); });
    cpu::set_target(before);
  }
}

// A library without threads gives two calls at once the same buffer; with CTest's products_take_turns it is that library.
TEST(Products, OfSeveralThreadsAtOnceHaveTheBitsOfOneAfterAnother) {
  constexpr std::int64_t m = 300, n = 5, k = 4;
  std::mt19937 random(2);
  std::vector<double> a(m * k), b(k * n);
  for (auto* x : {&a, &b})
    for (double& value : *x) value = std::uniform_real_distribution<>(-1, 1)(random);
  const ProductLibrary library(DType::float64);
  const auto multiply = [&](std::vector<double>& c) {
    multiply_matrices(DType::float64, {m, n, k, reinterpret_cast<const std::byte*>(a.data()), k * 8,
                                       reinterpret_cast<const std::byte*>(b.data()), n * 8,
                                       reinterpret_cast<std::byte*>(c.data()), n * 8, false});
  };
  std::vector<double> expected(m * n);
  multiply(expected);
  std::atomic<int> others{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&] {
      std::vector<double> c(m * n);
      for (int i = 0; i < 5000; i++) {
        multiply(c);
        if (std::memcmp(c.data(), expected.data(), c.size() * sizeof(double)) != 0) others++;
      }
    });
  threads.clear();
  EXPECT_EQ(others, 0);
}

TEST(Products, AddUpSums) {
  std::vector<double> a{1, 2, 3}, b{10, 20, 30};
  add_elements(DType::float64, 3, reinterpret_cast<std::byte*>(a.data()), reinterpret_cast<const std::byte*>(b.data()));
  EXPECT_EQ(a, (std::vector<double>{11, 22, 33}));
  std::vector<std::int8_t> c{100, -128}, d{100, -1};
  add_elements(DType::int8, 2, reinterpret_cast<std::byte*>(c.data()), reinterpret_cast<const std::byte*>(d.data()));
  EXPECT_EQ(c, (std::vector<std::int8_t>{-56, 127}));
}

}  // namespace
}  // namespace tessera

// Arrays as text: what NumPy 1.24 prints, taken from it. cli_test.py compares more of it with NumPy itself.
#include <gtest/gtest.h>

#include <cstring>

#include "../../apps/printing/array_text.hpp"
#include "../../apps/printing/digits.hpp"

namespace tessera::printing {
namespace {

template <class T>
std::string text(const Shape& shape, const std::vector<T>& values) {
  return array_text(shape, dtype_of<T>, std::as_bytes(std::span(values)));
}

TEST(Printing, Digits) {
  EXPECT_EQ(shortest_digits(0.1, false).digits, "1");
  EXPECT_EQ(shortest_digits(0.1, false).exponent, -1);
  EXPECT_EQ(positional_digits(2.5, false, 0).digits, "2");  // half to even
  EXPECT_EQ(positional_digits(1.0 / 3, false, 8).digits, "33333333");
  EXPECT_EQ(positional_digits(6e-10, false, 8).digits, "0");
  EXPECT_EQ(positional_digits(6e-9, false, 8).digits, "1");
  EXPECT_EQ(positional_digits(0.999999999, false, 8).exponent, 0);
  EXPECT_EQ(exponent_text(5), "e+05");
  EXPECT_EQ(exponent_text(-300), "e-300");
}

TEST(Printing, Floats) {
  EXPECT_EQ(text<double>({3}, {1, 2, 3}), "[1. 2. 3.]");
  EXPECT_EQ(text<double>({3}, {1, 2.5, -3.25}), "[ 1.    2.5  -3.25]");
  EXPECT_EQ(text<double>({2}, {0.1, 1.0 / 3}), "[0.1        0.33333333]");
  EXPECT_EQ(text<double>({2}, {1, 1e8}), "[1.e+00 1.e+08]");
  EXPECT_EQ(text<double>({2}, {1, 1001}), "[1.000e+00 1.001e+03]");
  EXPECT_EQ(text<double>({2}, {1e-5, 1}), "[1.e-05 1.e+00]");
  EXPECT_EQ(text<double>({2}, {1e300, 1e5}), "[1.e+300 1.e+005]");
  EXPECT_EQ(text<double>({3}, {NAN, INFINITY, -INFINITY}), "[ nan  inf -inf]");
  EXPECT_EQ(text<double>({2}, {NAN, 1.5}), "[nan 1.5]");
  EXPECT_EQ(text<double>({2}, {-0.0, 0.0}), "[-0.  0.]");
  EXPECT_EQ(text<float>({2}, {0.1f, 16777216.0f}), "[1.0000000e-01 1.6777216e+07]");
}

TEST(Printing, OtherKinds) {
  EXPECT_EQ(text<std::int64_t>({3}, {1, -20, 300}), "[  1 -20 300]");
  EXPECT_EQ(text<std::int8_t>({2}, {-128, 127}), "[-128  127]");
  EXPECT_EQ(text<std::uint64_t>({1}, {18446744073709551615u}), "[18446744073709551615]");
  const std::uint8_t flags[] = {1, 0};
  EXPECT_EQ(array_text({2}, DType::bool_, std::as_bytes(std::span(flags))), "[ True False]");
  EXPECT_EQ((text<std::complex<double>>({2}, {{1, 2}, {-1.5, 0}})), "[ 1. +2.j -1.5+0.j]");
}

TEST(Printing, Nested) {
  EXPECT_EQ(text<std::int32_t>({2, 3}, {1, 2, 3, 4, 5, 6}), "[[1 2 3]\n [4 5 6]]");
  EXPECT_EQ(text<std::int32_t>({2, 1, 2}, {1, 2, 3, 4}), "[[[1 2]]\n\n [[3 4]]]");
  EXPECT_EQ(text<std::int32_t>({0}, {}), "[]");
  EXPECT_EQ(text<std::int32_t>({2, 0}, {}), "[]");
}

TEST(Printing, LongRowsWrapAt75) {
  std::vector<std::int64_t> values(30, 100);
  const std::string line = text<std::int64_t>({30}, values);
  EXPECT_EQ(line.find('\n'), 72u);  // "[" and 18 words of four characters, the last blank dropped
}

TEST(Printing, OnlyCornersOfLargeArrays) {
  EXPECT_FALSE(is_abbreviated({1000}));
  EXPECT_TRUE(is_abbreviated({1001}));
  EXPECT_EQ(corner_shape({2000, 4}), (Shape{6, 4}));
  EXPECT_EQ(text<std::int32_t>({2000}, {0, 1, 2, 1997, 1998, 1999}), "[   0    1    2 ... 1997 1998 1999]");
  std::vector<std::int32_t> corners(36, 7);
  EXPECT_EQ(text<std::int32_t>({100, 100}, corners),
            "[[7 7 7 ... 7 7 7]\n [7 7 7 ... 7 7 7]\n [7 7 7 ... 7 7 7]\n ...\n [7 7 7 ... 7 7 7]\n [7 7 7 ... 7 7 "
            "7]\n [7 7 7 ... 7 7 7]]");
}

TEST(Printing, OneElementRoundTrips) {
  const auto one = []<class T>(T v) { return element_text(dtype_of<T>, reinterpret_cast<const std::byte*>(&v)); };
  EXPECT_EQ(one(0.1), "0.1");
  EXPECT_EQ(one(0.1f), "0.1");
  EXPECT_EQ(one(1.0), "1.0");
  EXPECT_EQ(one(1e16), "1e+16");
  EXPECT_EQ(one(1e15), "1000000000000000.0");
  EXPECT_EQ(one(0.00001), "1e-05");
  EXPECT_EQ(one(-0.0), "-0.0");
  EXPECT_EQ(one(true), "True");
  EXPECT_EQ(one(std::complex<double>(1, -2)), "(1-2j)");
  EXPECT_EQ(one(std::complex<double>(0, 1)), "1j");
  EXPECT_EQ(one(std::complex<float>(0.5f, NAN)), "(0.5+nanj)");
}

}  // namespace
}  // namespace tessera::printing

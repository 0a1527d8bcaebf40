// Functions of the user's own of rows and matrices, on any number of ranks, against loops and our own functions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <tessera/tessera.hpp>

#include "own_error.hpp"

namespace tessera::testing {
namespace {

using Row = BlockView<const double>;
using Made = BlockView<double>;

double range_of(Row row) {
  double low = row[0], high = row[0];
  for (std::int64_t i = 1; i < row.size(); i++) low = std::min(low, row[i]), high = std::max(high, row[i]);
  return high - low;
}

TEST(AlongAxis, MakesANumberOfEachRow) {
  Session session;
  for (const Dims& chunks : {Dims{4, 5, 3}, Dims{9, 8, 7}, Dims{1, 2, 7}})
    for (int axis = 0; axis < 3; axis++) {
      const Array x = uniform({9, 8, 7}, 0, 1, {.seed = 1, .chunks = chunks});
      for (const Array& y : {x, session.persist(x), x[{Slice{{}, {}, -1}}] * 1.0}) {
        const Array got = apply_along_axis(range_of, axis, y, {.name = "range"});
        EXPECT_TRUE(session.item<bool>(array_equal(got, max(y, {.axis = {axis}}) - min(y, {.axis = {axis}})))) << axis;
      }
    }
}

TEST(AlongAxis, MakesRows) {
  Session session;
  const auto ends = [](Row row, Made out) { out[0] = row[0], out[1] = row[row.size() - 1], out[2] = 7; };
  const auto backwards = [](Row row, Made out) {
    for (std::int64_t i = 0; i < row.size(); i++) out[i] = row[row.size() - 1 - i];
  };
  const Array x = uniform({6, 5, 4}, 0, 1, {.seed = 2, .chunks = {4, 2, 3}});
  for (int axis = 0; axis < 3; axis++) {
    const Array three = apply_along_axis(ends, axis, x, {.name = "ends", .length = 3});
    EXPECT_EQ(three.shape()[axis], 3);
    EXPECT_TRUE(session.item<bool>(array_equal(take(three, arange(1, 2), axis), take(x, arange(-1, 0), axis))));
    EXPECT_TRUE(session.item<bool>(all(take(three, arange(2, 3), axis) == 7.0)));
    EXPECT_TRUE(
        session.item<bool>(array_equal(apply_along_axis(backwards, axis, x, {.name = "backwards"}), flip(x, {axis}))));
  }
  EXPECT_EQ(apply_along_axis(ends, 0, x, {.name = "ends", .length = 0}).shape(), (Shape{0, 5, 4}));
}

TEST(AlongAxis, RefusesWhatItCantDo) {
  EXPECT_THROW(apply_along_axis(range_of, 1, zeros({3}), {.name = "range"}), ShapeError);
  EXPECT_THROW(apply_along_axis(range_of, 1, zeros({3, 0}), {.name = "range"}), ValueError);
  EXPECT_THROW(apply_along_axis(range_of, 0, zeros({3}), {}), ValueError);
  EXPECT_EQ(apply_along_axis(range_of, 1, zeros({0, 3}), {.name = "range"}).shape(), (Shape{0}));
}

TEST(Gufunc, HasCoreAxesWholeAndBroadcastsTheOthers) {
  Session session;
  const auto times = [](Row a, Row b, Made out) {
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t k = 0; k < b.extent(1); k++)
        for (std::int64_t j = 0; j < a.extent(1); j++) out(i, k) += a(i, j) * b(j, k);
  };
  const Array x = uniform({4, 1, 6, 5}, 0, 1, {.seed = 3, .chunks = {3, 1, 2, 2}}),
              y = uniform({3, 5, 7}, 0, 1, {.seed = 4, .chunks = {2, 4, 7}});
  const Array got = apply_gufunc("(i, j), (j, k) -> (i, k)", times, {x, y}, {.name = "times"});
  EXPECT_EQ(got.shape(), (Shape{4, 3, 6, 7}));
  EXPECT_TRUE(session.item<bool>(allclose(got, matmul(x, y))));
  EXPECT_TRUE(session.item<bool>(
      allclose(apply_gufunc("(i,j),(j,k)->(i,k)", times, {session.persist(x), y}, {.name = "times"}), matmul(x, y))));
  const auto distance = [](Row a, Row b) {
    double s = 0;
    for (std::int64_t i = 0; i < a.size(); i++) s += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(s);
  };
  const Array u = uniform({50, 8}, 0, 1, {.seed = 5, .chunks = {9, 3}}), v = uniform({8}, 0, 1, {.seed = 6});
  EXPECT_TRUE(session.item<bool>(allclose(apply_gufunc("(i),(i)->()", distance, {u, v}, {.name = "distance"}),
                                          vector_norm(u - v, 2, {.axis = {1}}))));
  const auto powers = [](BlockView<const double> a, Made out) {
    for (std::int64_t n = 0; n < out.size(); n++) out[n] = std::pow(a(), static_cast<double>(n));
  };
  const Array p = apply_gufunc("()->(n)", powers, v, {.name = "powers", .sizes = {{"n", 4}}});
  EXPECT_EQ(p.shape(), (Shape{8, 4}));
  EXPECT_TRUE(session.item<bool>(allclose(p[{Slice{}, 2}], v * v)));
}

TEST(Gufunc, RefusesWhatIsNoSignature) {
  const auto one = [](Row) { return 1.0; };
  const auto write_one = [](Row, Made) {};
  const Array x = zeros({3, 4});
  for (const char* signature :
       {"", "i->()", "(i)", "(i->()", "(i)->(),()", "(i,i)->()", "(i)->()x", "(i),->()", "(-)->()"})
    EXPECT_THROW(apply_gufunc(signature, one, x, {.name = "one"}), ValueError) << signature;
  EXPECT_THROW(apply_gufunc("(i),(i)->()", one, x, {.name = "one"}), ValueError);
  EXPECT_THROW(apply_gufunc("(i)->(i)", one, x, {.name = "one"}), ValueError);
  EXPECT_THROW(apply_gufunc("(i)->(k)", write_one, x, {.name = "one"}), ValueError);
  EXPECT_THROW(apply_gufunc("(i,j,k)->()", one, x, {.name = "one"}), ShapeError);
  EXPECT_THROW(apply_gufunc("(i)->()", one, x, {}), ValueError);
}

TEST(Gufunc, HasTheSameBitsWithAnyBudgetAndThreads) {
  const auto made = [](std::int64_t memory, int threads) {
    Session session(SessionOptions{.memory = memory, .threads = threads});
    const Array x = normal({3000, 200}, 0, 1, {.seed = 5, .chunks = {700, 64}});
    return session.values<double>(apply_along_axis(range_of, 1, x * 3.0, {.name = "range"}));
  };
  const auto one = made(std::int64_t{1} << 30, 1);
  EXPECT_EQ(made(std::int64_t{1} << 30, 3), one);
  EXPECT_EQ(made(600 << 10, 1), one);
}

TEST(Gufunc, WhatItThrowsIsEveryonesError) {
  Session session;
  const Array x = expand_dims(arange(0.0, 100.0, 1.0, {}, {10}), 1);
  for (const double bad : {0.0, 50.0, 99.0}) {
    const auto f = [bad](Row row) {
      if (row[0] == bad) throw std::runtime_error("no such row");
      return row[0];
    };
    const Array y = apply_along_axis(f, 1, x, {.name = "throws", .version = static_cast<std::int64_t>(bad)});
    expect_own_error([&] { session.compute(y); }, "no such row");
  }
}

}  // namespace
}  // namespace tessera::testing

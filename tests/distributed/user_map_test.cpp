// Functions of the user's own of single elements, on any number of ranks, against loops.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <complex>
#include <stdexcept>

#include <tessera/tessera.hpp>

#include "own_error.hpp"

namespace tessera::testing {
namespace {

double blend(double a, double b) { return a > b ? a - b : a * b + 0.25; }

TEST(UserMap, IsAppliedToEachElementOfWhatBroadcasts) {
  Session session;
  for (const Dims& chunks : {Dims{13, 7}, Dims{4, 3}, Dims{1, 7}}) {
    const Array x = uniform({13, 7}, -1, 1, {.seed = 1, .chunks = chunks}), y = uniform({7}, -1, 1, {.seed = 2});
    const Array z = map(blend, {x, y}, {.name = "blend"});
    EXPECT_EQ(z.shape(), (Shape{13, 7}));
    EXPECT_EQ(z.chunks(), x.chunks());
    const auto a = session.values<double>(x), b = session.values<double>(y), got = session.values<double>(z);
    for (std::size_t i = 0; i < got.size(); i++) ASSERT_EQ(got[i], blend(a[i], b[i % 7])) << i;
    const auto columns = session.values<double>(map(blend, {x.T(), expand_dims(y, 1)}, {.name = "blend"}));
    for (std::size_t i = 0; i < columns.size(); i++) ASSERT_EQ(columns[i], got[i % 13 * 7 + i / 13]) << i;
  }
}

// Views go through it to what it is made of, and what is around it fuses.
TEST(UserMap, IsAValueLikeAnyOther) {
  Session session;
  const auto twice = [](double v) { return 2 * v; };
  const MapOptions named{.name = "twice"};
  const Array x = uniform({40, 30}, 0, 1, {.seed = 4, .chunks = {7, 11}}), y = map(twice, x + 1.0, named),
              want = (x + 1.0) * 2.0;
  const auto expect_same = [&](const Array& got, const Array& wanted) {
    EXPECT_TRUE(session.item<bool>(array_equal(got, wanted)));
  };
  expect_same(y, want);
  expect_same(y[{Slice{{}, {}, -3}, Slice{4, 20, 2}}], want[{Slice{{}, {}, -3}, Slice{4, 20, 2}}]);
  expect_same(y.T() - y.T()[0], want.T() - want.T()[0]);
  expect_same(y - mean(y, {.axis = {0}, .keepdims = true}), want - mean(want, {.axis = {0}, .keepdims = true}));
  expect_same(uniform_filter(y, {3}), uniform_filter(want, {3}));
  expect_same(map(twice, uniform_filter(y, {3}), named), uniform_filter(want, {3}) * 2.0);
  expect_same(concat({y, x})[Slice{35, 55}], concat({want, x})[Slice{35, 55}]);
  expect_same(map(twice, concat({y, x}, 1), named), concat({want, x}, 1) * 2.0);
  expect_same(sort(y, {.axis = 1}), sort(want, {.axis = 1}));
  expect_same(cumulative_sum(y, {.axis = 0}), cumulative_sum(want, {.axis = 0}));
  expect_same(matmul(y, y.T()), matmul(want, want.T()));
  expect_same(rechunk(y, {40, 5}), want);
  expect_same(reshape(y, {-1, 8}), reshape(want, {-1, 8}));
  expect_same(diagonal(y), diagonal(want));
  expect_same(map(twice, session.persist(x), named), x * 2.0);
  expect_same(map(twice, full({40, 30}, 1.5), named), full({40, 30}, 3.0));
  expect_same(map(twice, broadcast_to(x[0], {5, 30}), named), broadcast_to(x[0], {5, 30}) * 2.0);
}

TEST(UserMap, TakesAndGivesTheFunctionsTypes) {
  Session session;
  const Array x = arange(0, 50, 1, DType::int32, {9});
  const Array halves = map([](float v) { return v / 2; }, x, {.name = "half"});
  EXPECT_EQ(halves.dtype(), DType::float32);
  EXPECT_EQ(session.values<float>(halves)[7], 3.5f);
  const Array odd = map([](std::int8_t v) { return v % 2 != 0; }, x, {.name = "odd"});
  EXPECT_EQ(odd.dtype(), DType::bool_);
  EXPECT_EQ(session.item<std::int64_t>(count_nonzero(odd)), 25);
  const Array turned = map<std::complex<double>(double, bool)>(
      [](auto v, auto flag) { return flag ? std::complex<double>(0, v) : std::complex<double>(v); }, {x, odd},
      {.name = "turned"});
  EXPECT_EQ(turned.dtype(), DType::complex128);
  EXPECT_EQ(session.values<std::complex<double>>(turned)[3], std::complex<double>(0, 3));
}

TEST(UserMap, OfShapesThatBite) {
  Session session;
  const auto next = [](double v) { return v + 1; };
  EXPECT_EQ(session.item<double>(map(next, full({}, 2.0), {.name = "next"})), 3);
  EXPECT_EQ(session.values<double>(map(next, zeros({0, 3}), {.name = "next"})).size(), 0u);
  EXPECT_EQ(session.item<double>(sum(map(next, zeros({3, 0}), {.name = "next"}))), 0);
  EXPECT_EQ(session.values<double>(map(next, zeros({1}), {.name = "next"})), std::vector<double>{1});
  EXPECT_EQ(session.item<double>(sum(map(next, zeros({5000}, {.chunks = {3}}), {.name = "next"}))), 5000);
}

TEST(UserMap, HasTheSameBitsWithAnyBudgetAndThreads) {
  const auto made = [](std::int64_t memory, int threads) {
    Session session(SessionOptions{.memory = memory, .threads = threads});
    const Array x = normal({700, 1000}, 0, 1, {.seed = 5, .chunks = {64, 400}});
    return session.item<double>(sum(map([](double v) { return std::sin(v) * 1e3 + v; }, x, {.name = "wave"})));
  };
  const double one = made(std::int64_t{1} << 30, 1);
  EXPECT_EQ(made(std::int64_t{1} << 30, 3), one);
  EXPECT_EQ(made(600 << 10, 1), one);
  EXPECT_EQ(made(2 << 20, 2), one);
}

// Two uses of what is dear cost one call for each element.
TEST(UserMap, IsKeptWhereItIsDear) {
  Session session(SessionOptions{.threads = 1});
  static std::atomic<std::int64_t> calls;
  calls = 0;
  const Array x = uniform({60, 50}, 0, 1, {.chunks = {60 / 6, 50}});
  const Array y = map([](double v) { return calls++, v + 1; }, x, {.name = "counted", .cost = 1e6});
  session.compute(y - mean(y), y[Slice{1, {}}] - y[Slice{0, -1}]);
  EXPECT_LE(calls, 60 * 50);
}

TEST(UserMap, NameAndVersionTellFunctionsApart) {
  Session session;
  const Array x = arange(100);
  const auto times = [&](double factor, const std::string& name, std::int64_t version) {
    return session.item<double>(
        sum(map([factor](double v) { return factor * v; }, x, {.name = name, .version = version})));
  };
  EXPECT_EQ(times(1, "times", 1), 4950);
  EXPECT_EQ(times(2, "times", 2), 9900);
  EXPECT_EQ(times(3, "times 3", 1), 14850);
  const Array y = map([](double v) { return v; }, x, {.name = "as it is"});
  EXPECT_NE(session.explain({gather(y)}).find("as it is"), std::string::npos);
}

TEST(UserMap, WhatItThrowsIsEveryonesError) {
  Session session;
  const Array x = arange(0.0, 1000.0, 1.0, {}, {50});
  for (const double bad : {0.0, 500.0, 999.0}) {
    const Array y = map(
        [bad](double v) {
          if (v == bad) throw std::runtime_error("no such element");
          return v;
        },
        x, {.name = "throws", .version = static_cast<std::int64_t>(bad)});
    expect_own_error([&] { session.compute(sum(y)); }, "no such element");
  }
  EXPECT_EQ(session.item<double>(sum(x)), 499500.0);  // the session lives on
}

TEST(UserMap, RefusesWhatItCantDo) {
  const auto f = [](double a, double b) { return a + b; };
  EXPECT_THROW(map(f, {zeros({3}), zeros({3})}, {}), ValueError);
  EXPECT_THROW(map(f, zeros({3}), {.name = "one"}), ValueError);
  EXPECT_THROW(map(f, {zeros({3}), zeros({4})}, {.name = "shapes"}), ShapeError);
  EXPECT_THROW(map(f, {zeros({3}), zeros({3})}, {.name = "cost", .cost = -1}), ValueError);
}

}  // namespace
}  // namespace tessera::testing

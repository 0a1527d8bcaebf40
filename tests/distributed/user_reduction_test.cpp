// Reductions of the user's own, on any number of ranks; errors of reductions that only an evaluation can find.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>

#include <tessera/tessera.hpp>

#include "own_error.hpp"

namespace tessera::testing {
namespace {

/// Order shows: the first and last element, whether all rise, how many there are.
struct Order {
  double first = 0, last = 0;
  std::int64_t n = 0;
  bool rises = true;
};
Order order_of(std::span<const double> x) {
  Order s;
  for (double v : x) {
    if (s.n == 0) s.first = v;
    if (s.n > 0 && v <= s.last) s.rises = false;
    s.last = v;
    s.n++;
  }
  return s;
}
Order joined(const Order& a, const Order& b) {
  if (a.n == 0) return b;
  if (b.n == 0) return a;
  return {a.first, b.last, a.n + b.n, a.rises && b.rises && a.last < b.first};
}

TEST(UserReduction, GetsElementsInOrderOnAnyAxis) {
  Session session;
  const std::int64_t n = 30011;
  const auto rising = [&](const Array& x, UserReduceOptions o) {
    o.name = "rises";
    return reduction<double>(
        x, order_of, joined, [](const Order& s, std::int64_t count) { return s.rises && s.n == count; }, o);
  };
  for (const Dims& chunks : {Dims{n}, Dims{1000}, Dims{7}}) {
    const Array x = arange(0.0, static_cast<double>(n), 1.0, {}, chunks);
    EXPECT_TRUE(session.item<bool>(rising(x, {}))) << to_string(chunks);
    EXPECT_FALSE(session.item<bool>(rising(flip(x), {}))) << to_string(chunks);
  }
  const Array wide = broadcast_to(expand_dims(arange(0.0, 5000.0, 1.0, {}, {601}), 1), {5000, 6});
  const Result columns = session.compute(rising(wide * 2.0, {.axis = {0}}));
  EXPECT_EQ(columns.shape(), (Shape{6}));
  const Result rows = session.compute(rising(wide.T() * 2.0, {.axis = {1}, .keepdims = true}));
  EXPECT_EQ(rows.shape(), (Shape{6, 1}));
  for (int i = 0; i < 6; i++) {
    EXPECT_EQ(columns.bytes()[static_cast<std::size_t>(i)], std::byte{1});
    EXPECT_EQ(rows.bytes()[static_cast<std::size_t>(i)], std::byte{1});
  }
}

TEST(UserReduction, OfNothingAsksTheChunkFunction) {
  Session session;
  const Array none = zeros({0, 3}, {.dtype = DType::float32});
  const Array r = reduction<float>(
      none, [](std::span<const float> x) { return x.empty() ? 41.0 : 0.0; }, [](double a, double b) { return a + b; },
      [](double s, std::int64_t count) { return s + (count == 0 ? 1 : 0); }, {.axis = {0}, .name = "empty"});
  EXPECT_EQ(session.compute(r).values<double>(), (std::vector<double>{42, 42, 42}));
}

TEST(UserReduction, NameAndVersionTellFunctionsApart) {
  const Array x = uniform({100}, 0, 1, {.seed = 1});
  const auto make = [&](const std::string& name, std::int64_t version, double factor) {
    return reduction<double>(
        x, [factor](std::span<const double> v) { return factor * std::accumulate(v.begin(), v.end(), 0.0); },
        [](double a, double b) { return a + b; }, [](double s, std::int64_t) { return s; },
        {.name = name, .version = version});
  };
  Session session;
  const double once = session.item<double>(make("scaled", 1, 1)), twice = session.item<double>(make("scaled", 2, 2)),
               thrice = session.item<double>(make("scaled by 3", 1, 3));
  EXPECT_DOUBLE_EQ(twice, 2 * once);
  EXPECT_DOUBLE_EQ(thrice, 3 * once);
  EXPECT_NE(session.explain({gather(make("scaled", 1, 1))}).find("scaled"), std::string::npos);
  EXPECT_THROW(make("", 1, 1), ValueError);
  EXPECT_THROW(reduction<float>(
                   x, [](std::span<const float>) { return 0; }, [](int a, int) { return a; },
                   [](int s, std::int64_t) { return static_cast<double>(s); }, {.name = "of float"}),
               DTypeError);
}

TEST(UserReduction, WhatAFunctionThrowsIsEveryonesError) {
  Session session;
  const Array x = arange(0.0, 1000.0, 1.0, {}, {50});
  const auto throwing = [](int where) {
    return [where](std::span<const double> v) {
      if (where == 0 && !v.empty() && v[0] >= 900) throw std::runtime_error("no such element");
      return 1;
    };
  };
  const Array in_chunk = reduction<double>(
      x, throwing(0), [](int a, int b) { return a + b; }, [](int s, std::int64_t) { return static_cast<double>(s); },
      {.name = "chunk throws"});
  expect_own_error([&] { session.compute(in_chunk); }, "no such element");
  const Array in_aggregate = reduction<double>(
      x, throwing(1), [](int a, int b) { return a + b; },
      [](int, std::int64_t) -> double { throw std::runtime_error("no result"); }, {.name = "aggregate throws"});
  expect_own_error([&] { session.compute(in_aggregate); }, "no result");
  EXPECT_EQ(session.item<double>(sum(x)), 499500.0);  // the session lives on
}

TEST(Positions, ASliceOfNaNAloneIsAnError) {
  Session session;
  const double nan = std::nan("");
  const Array x = where(arange(0.0, 3000.0, 1.0, {}, {100}) < 1500.0, nan, 1.0);
  EXPECT_EQ(session.item<std::int64_t>(nanargmax(x)), 1500);
  EXPECT_EQ(session.item<std::int64_t>(argmax(x)), 0);
  try {
    session.compute(nanargmin(x * nan));
    FAIL() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("nanargmin"), std::string::npos) << e.what();
  }
  EXPECT_THROW(argmin(zeros({0, 3}, {}), {.axis = {0}}), ValueError);
}

// The shifted sums of a leaf against long double: offsets of any size, an outlier in the first place.
TEST(Moments, KeepTheirAccuracy) {
  Session session;
  for (const double offset : {0.0, 1.0, 1e6, 1e12})
    for (const double outlier : {0.0, 1e3, 1e9}) {
      const std::int64_t n = 10000;
      const Array x = session.persist(uniform({n}, 0, 1, {.seed = 3, .chunks = {4096}}) + offset);
      const Array y = session.persist(where(arange(0, n, 1, {}, {4096}) == 0, x + outlier, x));
      const Result values = session.compute(y);
      long double mean = 0, m2 = 0;
      for (double v : values.values<double>()) mean += v;
      mean /= static_cast<long double>(n);
      for (double v : values.values<double>()) m2 += (v - mean) * (v - mean);
      const auto want = static_cast<double>(m2 / static_cast<long double>(n));
      // 12 bits of the leaf times the roundings of a lane's additions; and what the merge of means loses by its offset.
      const double kappa = std::fabs(static_cast<double>(mean)) / std::sqrt(want);
      const double bound = want * 0x1p-53 * (4097 * 16 + 16 * (kappa + 0x1p-43 * kappa * kappa));
      EXPECT_NEAR(session.item<double>(var(y)), want, bound) << offset << " " << outlier;
      EXPECT_NEAR(session.item<double>(nanvar(y)), want, bound) << offset << " " << outlier;
    }
}

}  // namespace
}  // namespace tessera::testing

// Plans that are used again, and arrays that must not be taken for one another.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <tessera/tessera.hpp>
#include <vector>

namespace tessera::testing {
namespace {

TEST(CachedPlans, NodesThatBecomeEqualUnderAViewAreNotMergedForever) {
  Session session;
  const Array x = session.persist(arange(10) * 1.0);
  const auto difference = [&](double a, double b) {
    return session.item<double>(sum((x + a)[{Slice{0, 5}}] - (x[{Slice{0, 5}}] + b)));
  };
  EXPECT_EQ(difference(2, 2), 0);
  EXPECT_EQ(difference(2, 3), -5);  // the same structure, other scalars
  EXPECT_TRUE(difference(4, 6) == -10 && session.statistics().plan_was_cached);
}

TEST(CachedPlans, FoldedScalarsAreFoldedOnceEach) {
  Session session;
  const Array x = session.persist(arange(4) * 1.0);
  Array factor = full({}, 1.0);
  for (int i = 0; i < 60; i++) factor = factor + factor;
  for (int i = 0; i < 3; i++) EXPECT_EQ(session.item<double>(max(x * factor)), 3 * 0x1p60);
}

// A plan that takes dense chunks where they are must not serve memory that lies otherwise.
TEST(CachedPlans, ChunksThatAreNotDenseHaveTheirOwn) {
  Session session;
  const std::int64_t n = 24, rows = session.rank() == 0 ? n : 0;
  const Array numbers = reshape(arange(static_cast<double>(n * n)), {n, n}), w = session.persist(sin(numbers));
  std::vector<double> by_columns(static_cast<std::size_t>(n * n));
  for (std::int64_t i = 0; i < n; i++)
    for (std::int64_t j = 0; j < n; j++)
      by_columns[static_cast<std::size_t>(j * n + i)] = static_cast<double>(i * n + j);
  std::vector<double> by_rows(by_columns.size());
  std::iota(by_rows.begin(), by_rows.end(), 0.0);
  const Box block{{0, 0}, {rows, n}};
  const Array dense = session.from_local(by_rows.data(), {n, n}, block, {n * 8, 8});
  const Array turned = session.from_local(by_columns.data(), {n, n}, block, {8, n * 8});
  for (const auto& made : {std::function<Array(const Array&)>([&](const Array& x) { return matmul(x, w); }),
                           std::function<Array(const Array&)>([&](const Array& x) { return sort(x, {.axis = 0}); }),
                           std::function<Array(const Array&)>([&](const Array& x) {
                             return x[{Slice{3, 20}}] * 2.0;
                           })}) {
    const auto expected = session.values<double>(made(session.persist(numbers)));
    EXPECT_EQ(session.values<double>(made(dense)), expected);
    EXPECT_EQ(session.values<double>(made(turned)), expected);
  }
}

// A device computes some laws, and others not.
TEST(CachedPlans, LawsHaveTheirOwn) {
  Session session;
  const auto is_cached = [&](const Array& x) {
    session.compute(x);
    return session.statistics().plan_was_cached;
  };
  const Shape shape{3000};
  EXPECT_FALSE(is_cached(integers(shape, 0, 9, {.seed = 1})));
  EXPECT_TRUE(is_cached(integers(shape, -3, 5, {.seed = 2})));
  EXPECT_FALSE(is_cached(poisson(shape, 3.0, {.seed = 1})));
  EXPECT_TRUE(is_cached(poisson(shape, 4.0, {.seed = 2})));
}

TEST(Identities, ArraysOfTwoSessionsDiffer) {
  const std::vector<double> ones(10, 1.0), twos(10, 2.0);
  const auto block_of = [](const Session& s) { return Box{{0}, {s.rank() == 0 ? 10 : 0}}; };
  Session first, second;
  const Array a = first.from_local(ones.data(), DType::float64, {10}, block_of(first), {8});
  const Array b = second.from_local(twos.data(), DType::float64, {10}, block_of(second), {8});
  EXPECT_EQ(second.item<double>(sum(a - b)), -10);
  EXPECT_EQ(second.item<double>(sum(first.persist(a * 2.0) - second.persist(b * 2.0))), -20);
}

TEST(Identities, IntegersOfOtherSignAreOtherScalars) {
  Session session;
  const Array x = session.persist(arange(3) * 1.0);
  EXPECT_EQ(session.item<double>(sum((x + (-1)) - (x + 18446744073709551615u))), -3 * 0x1p64);
}

TEST(Means, LargeSumsOfIntegersDoNotWrap) {
  Session session;
  const Array x = full({std::int64_t{1} << 32}, 4000000000u, DType::uint32);
  EXPECT_EQ(session.item<double>(mean(x)), 4e9);
}

}  // namespace
}  // namespace tessera::testing

// Hashes that collide: with every hash equal to every other, sharing, plans used again, distributions and kernels are
// told apart by what they are, and results keep their bits.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/hash.hpp>
#include <tessera/core/ops/literal.hpp>
#include <tessera/distributed/distribution.hpp>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/tessera.hpp>

#include "counted.hpp"
#include "gathered_bytes.hpp"

namespace tessera::testing {
namespace {

/// While it lives, hashes keep no bit.
struct Colliding {
  Colliding() { hash_bits = 0; }
  ~Colliding() { hash_bits = ~std::uint64_t{0}; }
};

using Bytes = std::vector<std::byte>;
Array numbers(const std::vector<double>& v) {
  const auto* bytes = reinterpret_cast<const std::byte*>(v.data());
  return from_values({static_cast<std::int64_t>(v.size())}, DType::float64, {bytes, bytes + v.size() * sizeof(double)});
}
Array folded(const Array& x, const std::string& name, double factor) {
  const auto chunk = [factor](std::span<const double> v) { return factor * std::accumulate(v.begin(), v.end(), 0.0); };
  return reduction<double>(
      x, chunk, [](double left, double right) { return left + right; },
      [](double state, std::int64_t) { return state; }, {.name = name});
}

// Functions of elements, of chunks, of chunks and what lies around them, of rows.
Array mapped(const Array& x, const std::string& name, std::int64_t version, double factor) {
  return map([factor](double v) { return factor * v; }, x, {.name = name, .version = version});
}
Array in_chunks(const Array& x, const std::string& name, std::int64_t version, double factor) {
  const auto f = [factor](BlockView<const double> in, BlockView<double> out) {
    for (std::int64_t i = 0; i < in.extent(0); i++)
      for (std::int64_t j = 0; j < in.extent(1); j++) out(i, j) = factor * in(i, j) + in(0, 0);
  };
  return map_blocks(f, x, {.name = name, .version = version});
}
Array around(const Array& x, const Dims& depth) {
  const auto f = [](BlockView<const double> in, BlockView<double> out) {
    for (std::int64_t i = 0; i < out.extent(0); i++)
      for (std::int64_t j = 0; j < out.extent(1); j++) out(i, j) = in(i, j);
  };
  return map_overlap(f, x, depth, {.name = "before"});
}
Array along(const Array& x, int axis) {
  return apply_along_axis([](BlockView<const double> row) { return row[row.size() / 2]; }, axis, x, {.name = "middle"});
}

/// Evaluated one after another in one session: each pair differs in one thing.
std::vector<Array> alike(Session& session) {
  const RandomOptions one{.seed = 1, .chunks = {7, 10}}, two{.seed = 2, .chunks = {7, 10}};
  const RandomOptions drawn{.seed = 1};
  const Array a = uniform({20, 30}, 0, 1, one), b = uniform({20, 30}, 0, 1, two);
  const Array p = session.persist(a), q = session.persist(b);
  const Slice front{0, 10}, back{5, 15};
  const Array rows = arange(20) % 4, others = arange(20) / 5, holes = where(p < 0.3, std::nan(""), p);
  return {a - b,
          p - q,
          p * 2.0 - p * 3.0,
          p[{front}] - p[{back}],
          p[{front}] - q[{back}],
          sum(p, {.axis = {0}}),
          max(p, {.axis = {0}}),
          sum(p, {.axis = {1}})[{front}],
          min(p, {.axis = {1}})[{front}],
          folded(p, "plain", 1),
          folded(p, "double", 2),
          mapped(p, "times", 1, 3) - mapped(p, "times", 2, 5),
          mapped(p, "times", 1, 3) - mapped(p, "fold", 1, 7),
          in_chunks(p, "times", 1, 3) - in_chunks(p, "times", 2, 5),
          in_chunks(p, "times", 1, 3) - in_chunks(q, "times", 1, 3),
          around(p, {1, 0}) - around(p, {0, 1}),
          along(p, 0)[front] - along(p, 1)[front],
          numbers({1, 2, 3}) - numbers({3, 2, 1}),
          poisson({50}, 3.0, drawn) - poisson({50}, 4.0, drawn),
          choice({50}, 5, {}, drawn) - choice({50}, 5, {0.2, 0.2, 0.2, 0.3, 0.1}, drawn),
          arange(40) - arange(40, 80),
          full({5}, 0.0) - full({5}, -0.0),
          sqrt(p) - exp(p),
          cumulative_sum(p, {.axis = 0}) - cumulative_sum(p, {.axis = 1}),
          sort(p, {.axis = 0}) - sort(p, {.axis = 1}),
          sort(p, {.axis = 0}) - sort(p, {.axis = 0, .descending = true}),
          cumulative_max(p, 0) - cumulative_min(p, 0),
          quantile(p, 0.2) - quantile(p, 0.4),
          quantile(p, 0.3, {.method = "hazen"}) - quantile(p, 0.3, {.method = "weibull"}),
          counted(median(p, {.axis = 0})) - counted(median(p * 1.5, {.axis = 0})),
          cumulative_sum(p, {.axis = 0}) - cumulative_prod(q, {.axis = 0}),
          take(p, arange(20), 0)[{Slice{}, front}] - take(p, arange(20), 1)[{Slice{}, front}],
          take(p, arange(20), 0) - take(p, arange(20) - 3, 0),
          take(p, arange(20), 0) - take(q, arange(20), 0),
          concat({p, q}) - concat({q, p}),
          reshape(p, {30, 20}) - reshape(q, {30, 20}),
          reshape(max(p[newaxis], {.axis = {0}}), {600}) - ravel(reshape(max(p.T()[newaxis], {.axis = {0}}), {20, 30})),
          diagonal(p, 1, 0, 1) - diagonal(p, 1, 1, 0)[{front}][0],
          sum(rechunk(p, {20, 1}), {.axis = {0}}),
          sum(rechunk(p, {20, 1}), {.axis = {0}}) - sum(rechunk(q, {20, 1}), {.axis = {0}}),
          sum(rechunk(p, {3, 30}), {.axis = {0}}) - sum(rechunk(p.T(), {30, 3}), {.axis = {1}}),
          group_sum(p, rows, 4, {.axis = 0}) - group_sum(p, astype(floor(others), DType::int64), 4, {.axis = 0}),
          group_sum(p, rows, 4, {.axis = 0}) - group_sum(p, rows, 5, {.axis = 0})[{Slice{0, 4}}],
          group_sum(p, rows, 4, {.axis = 0}) - group_max(p, rows, 4, {.axis = 0}),
          group_sum(p, rows, 4, {.axis = 0}) - group_sum(q, rows, 4, {.axis = 0}),
          group_mean(holes, rows, 4, {.axis = 0}),
          group_nanmean(holes, rows, 4, {.axis = 0}),
          histogram(p, 5, {.range = BinRange{0, 1}}).counts - histogram(p, 5, {.range = BinRange{0, 2}}).counts,
          histogram(p, {0, 0.2, 1}).counts - histogram(p, {0, 0.2, 1}, {.weights = q}).counts,
          ravel(histogram2d(p, q, {2, 3}).counts) - ravel(histogram2d(p, q, {3, 2}).counts),
          rolling_max(p, 3, {.axis = 0, .min_count = 1}) - rolling_max(p, 4, {.axis = 0, .min_count = 1}),
          rolling_max(p, 3, {.axis = 0, .min_count = 1}) - rolling_min(p, 3, {.axis = 0, .min_count = 1}),
          rolling_max(holes, 3, {.axis = 0, .min_count = 1}),
          rolling_max(holes, 3, {.axis = 0, .min_count = 2}),
          sin(exp(sin(exp(p))))[{front}] - sin(exp(sin(exp(p))))[{back}]};
}

TEST(Collisions, ChangeNoResult) {
  Session session;
  std::vector<Bytes> expected;
  for (const auto& x : alike(session)) expected.push_back(bytes_of(session, x));
  const Colliding all;
  Session colliding;
  for (int again = 0; again < 2; again++) {
    const auto arrays = alike(colliding);
    for (std::size_t i = 0; i < arrays.size(); i++)
      EXPECT_EQ(bytes_of(colliding, arrays[i]), expected[i]) << to_string(arrays[i].node());
  }
  EXPECT_TRUE(colliding.statistics().plan_was_cached);
}

TEST(Collisions, EqualNodesAreStillFound) {
  const Colliding all;
  Session session;
  const Array x = uniform({1 << 16}), same = uniform({1 << 16});
  EXPECT_EQ(session.explain({gather(sum(sin(x) - sin(same)))}), session.explain({gather(sum(sin(x) - sin(x)))}));
}

TEST(Collisions, DistributionsAreComparedWhole) {
  const Colliding all;
  const ChunkGrid grid = ChunkGrid::regular({12, 10}, {3, 5});
  const std::vector<Distribution> different = {
      Distribution::blocks(grid, 3),
      Distribution::blocks(grid, 2),
      Distribution::blocks(grid, 3, {1, 0}),
      Distribution::blocks(grid, std::vector<std::int64_t>{0, 1, 2, 8}),
      Distribution::replicated(grid, 3),
      Distribution::table(grid, 3, {0, 1, 2, 0, 1, 2, 0, 1}),
      Distribution::table(grid, 3, {0, 1, 2, 0, 1, 2, 1, 0}),
      Distribution::blocks(ChunkGrid::regular({12, 10}, {4, 5}), 3),
      Distribution::through(ChunkGrid::regular({6, 10}, {3, 5}), IndexTransform({6, 10}, {{0, 0, 1}, {1, 0, 1}}),
                            Distribution::blocks(grid, 3)),
      Distribution::through(ChunkGrid::regular({6, 10}, {3, 5}), IndexTransform({6, 10}, {{0, 6, 1}, {1, 0, 1}}),
                            Distribution::blocks(grid, 3))};
  for (std::size_t i = 0; i < different.size(); i++)
    for (std::size_t k = 0; k < different.size(); k++) EXPECT_EQ(different[i] == different[k], i == k) << i << " " << k;
  EXPECT_TRUE(Distribution::blocks(grid, 3) == Distribution::blocks(grid, 3));
}

}  // namespace
}  // namespace tessera::testing

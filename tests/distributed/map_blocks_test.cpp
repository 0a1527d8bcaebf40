// Functions of the user's own of whole chunks, on any number of ranks, against loops.
#include <gtest/gtest.h>

#include <cmath>
#include <mutex>
#include <set>
#include <stdexcept>

#include <tessera/distributed/communicator.hpp>
#include <tessera/tessera.hpp>

#include "own_error.hpp"

namespace tessera::testing {
namespace {

using Input = BlockView<const double>;
using Output = BlockView<double>;

// Each element less the first of its block, and where that is.
void from_first(Input x, Output out, const BlockPlace& place) {
  for (std::int64_t i = 0; i < x.extent(0); i++)
    for (std::int64_t j = 0; j < x.extent(1); j++)
      out(i, j) = x(i, j) - x(0, 0) + 1e3 * static_cast<double>(place.chunk[0] * 100 + place.chunk[1]);
}

double expected_from_first(const std::vector<double>& x, const ChunkGrid& grid, std::int64_t i, std::int64_t j) {
  const std::int64_t columns = grid.axis(1).extent(), p = grid.axis(0).find(i), q = grid.axis(1).find(j);
  const auto at = [&](std::int64_t a, std::int64_t b) { return x[static_cast<std::size_t>(a * columns + b)]; };
  return at(i, j) - at(grid.axis(0).bound(p), grid.axis(1).bound(q)) + 1e3 * static_cast<double>(p * 100 + q);
}

void expect_from_first(const Array& x, const Array& made, Session& session) {
  const auto in = session.values<double>(x), got = session.values<double>(made);
  for (std::int64_t i = 0; i < x.shape()[0]; i++)
    for (std::int64_t j = 0; j < x.shape()[1]; j++)
      ASSERT_EQ(got[static_cast<std::size_t>(i * x.shape()[1] + j)], expected_from_first(in, x.chunks(), i, j))
          << i << " " << j;
}

TEST(MapBlocks, SeesWholeChunksAndTheirPlaces) {
  Session session;
  for (const Dims& chunks : {Dims{5, 4}, Dims{17, 11}, Dims{1, 11}, Dims{3, 2}}) {
    const Array x = uniform({17, 11}, 0, 1, {.seed = 1, .chunks = chunks});
    const Array y = map_blocks(from_first, x, {.name = "from first"});
    EXPECT_EQ(y.chunks(), x.chunks());
    expect_from_first(x, y, session);
    const Array kept = session.persist(x),
                uneven = rechunk(x, ChunkGrid({AxisChunks::irregular({3, 9, 5}), x.chunks().axis(1)}));
    expect_from_first(kept, map_blocks(from_first, kept, {.name = "from first"}), session);
    expect_from_first(uneven, map_blocks(from_first, uneven * 1.0, {.name = "from first"}), session);
    const Array turned = session.persist(x).T();
    expect_from_first(turned, map_blocks(from_first, turned, {.name = "from first"}), session);
  }
}

TEST(MapBlocks, FusesWhatItSeesAndIsUsedLikeOthers) {
  Session session;
  const Array x = uniform({30, 20}, 0, 1, {.seed = 2, .chunks = {8, 20}}), y = x * 2.0 + 1.0;
  const Array made = map_blocks(
      [](Input a, Output out) {
        for (std::int64_t i = 0; i < a.extent(0); i++)
          for (std::int64_t j = 0; j < a.extent(1); j++) out(i, j) = 3 * a(i, j);
      },
      y, {.name = "three times"});
  EXPECT_TRUE(session.item<bool>(array_equal(made, y * 3.0)));
  EXPECT_TRUE(session.item<bool>(array_equal(made.T()[{Slice{{}, {}, -2}}], (y * 3.0).T()[{Slice{{}, {}, -2}}])));
  EXPECT_TRUE(session.item<bool>(array_equal(made - mean(made), y * 3.0 - mean(y * 3.0))));
  EXPECT_TRUE(session.item<bool>(array_equal(rechunk(made, {30, 3}) + x, y * 3.0 + x)));
}

TEST(MapBlocks, OfSeveralArraysThatBroadcast) {
  Session session;
  const Array x = uniform({14, 9}, 0, 1, {.seed = 3, .chunks = {5, 4}}), y = astype(arange(9), DType::int32),
              z = uniform({14, 1}, 0, 1, {.seed = 4, .chunks = {3, 1}});
  const auto add = [](Input a, BlockView<const std::int32_t> b, BlockView<const float> c, Output out) {
    EXPECT_EQ(a.rank(), 2);
    EXPECT_EQ(b.shape(), (Shape{a.extent(1)}));
    EXPECT_EQ(c.shape(), (Shape{a.extent(0), 1}));
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t j = 0; j < a.extent(1); j++) out(i, j) = a(i, j) + b[j] + static_cast<double>(c(i, 0));
  };
  const Array made = map_blocks(add, {x, y, z}, {.name = "add"});
  EXPECT_TRUE(session.item<bool>(
      array_equal(made, x + astype(y, DType::float64) + astype(astype(z, DType::float32), DType::float64))));
}

TEST(MapBlocks, MakesOtherChunks) {
  Session session;
  const Array x = uniform({11, 9}, 0, 1, {.seed = 5, .chunks = {4, 3}});
  // Sum and largest of each block.
  const auto figures = [](Input a, BlockView<float> out) {
    double most = a(0, 0), all = 0;
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t j = 0; j < a.extent(1); j++) most = std::max(most, a(i, j)), all += a(i, j);
    out(0, 0) = static_cast<float>(all), out(0, 1) = static_cast<float>(most);
  };
  const Array made = map_blocks(figures, x, {.name = "figures", .chunks = {{1}, {2}}});
  EXPECT_EQ(made.shape(), (Shape{3, 6}));
  EXPECT_EQ(made.dtype(), DType::float32);
  const auto got = session.values<float>(made);
  for (std::int64_t p = 0; p < 3; p++)
    for (std::int64_t q = 0; q < 3; q++) {
      const Array block = x[{Slice{4 * p, std::min<std::int64_t>(11, 4 * p + 4)}, Slice{3 * q, 3 * q + 3}}];
      EXPECT_FLOAT_EQ(got[static_cast<std::size_t>(p * 6 + 2 * q)],
                      static_cast<float>(session.item<double>(sum(block))));
      EXPECT_EQ(got[static_cast<std::size_t>(p * 6 + 2 * q + 1)], static_cast<float>(session.item<double>(max(block))));
    }
  // Uneven lengths, one for each block.
  const auto rows = [](Input a, Output out) {
    for (std::int64_t i = 0; i < out.extent(0); i++)
      for (std::int64_t j = 0; j < out.extent(1); j++) out(i, j) = a(0, j) + static_cast<double>(i);
  };
  const Array longer = map_blocks(rows, x, {.name = "rows", .chunks = {{2, 7, 1}, {3, 3, 3}}});
  EXPECT_EQ(longer.shape(), (Shape{10, 9}));
  const auto values = session.values<double>(longer), in = session.values<double>(x);
  EXPECT_EQ(values[8 * 9 + 4], in[4 * 9 + 4] + 6);
  EXPECT_EQ(values[9 * 9 + 4], in[8 * 9 + 4]);
}

TEST(MapBlocks, DropsAndAddsAxes) {
  Session session;
  const Array x = uniform({6, 10, 7}, 0, 1, {.seed = 6, .chunks = {2, 3, 4}});
  const auto total = [](Input a, Output out, const BlockPlace& place) {
    EXPECT_EQ(place.box.extent[1], 10);
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t k = 0; k < a.extent(2); k++)
        for (std::int64_t j = 0; j < a.extent(1); j++) out(i, k) += a(i, j, k);
  };
  const Array summed = map_blocks(total, x, {.name = "total", .drop_axis = {1}});
  EXPECT_EQ(summed.shape(), (Shape{6, 7}));
  EXPECT_TRUE(session.item<bool>(allclose(summed, sum(x, {.axis = {1}}))));
  const auto copies = [](Input a, Output out) {
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t n = 0; n < out.extent(1); n++)
        for (std::int64_t j = 0; j < a.extent(1); j++) out(i, n, j) = a(i, j) * static_cast<double>(n);
  };
  const Array y = x[0];
  const Array more = map_blocks(copies, y, {.name = "copies", .chunks = {{3, 3, 3, 1}, {5}, {4, 3}}, .new_axis = {1}});
  EXPECT_TRUE(session.item<bool>(array_equal(more, expand_dims(y, 1) * expand_dims(arange(5.0), 1))));
}

TEST(MapBlocks, CallsEachBlockOnceOnSomeRank) {
  Session session;
  static std::mutex mutex;
  static std::set<std::int64_t> mine;
  mine.clear();
  const Array x = arange(0.0, 40.0, 1.0, {}, {2});
  session.compute(map_blocks(
      [](Input a, Output out, const BlockPlace& place) {
        std::lock_guard lock(mutex);
        EXPECT_TRUE(mine.insert(place.chunk[0]).second);
        EXPECT_EQ(place.shape, (Shape{40}));
        for (std::int64_t i = 0; i < a.size(); i++) out[i] = a[i];
      },
      x, {.name = "once"}));
  const auto n = static_cast<std::int64_t>(mine.size());
  std::vector<std::int64_t> all(static_cast<std::size_t>(session.size()));
  session.communicator().allgather(reinterpret_cast<const std::byte*>(&n), reinterpret_cast<std::byte*>(all.data()), 8);
  std::int64_t sum = 0;
  for (const auto k : all) sum += k;
  EXPECT_EQ(sum, 20);
  EXPECT_GE(n, 20 / session.size());
}

TEST(MapBlocks, StreamsWithinTheBudget) {
  const std::int64_t chunk = std::int64_t{256} << 10;
  Session session(SessionOptions{.memory = 3 << 20, .threads = 1});
  const Array x = uniform({32 * 256, 128}, 0, 1, {.seed = 7, .chunks = {256, 128}});
  const Array tops = map_blocks(
      [](Input a, Output out) {
        for (std::int64_t i = 0; i < a.extent(0); i++) out(0, 0) = std::max(out(0, 0), a(i, 3));
      },
      x, {.name = "top", .chunks = {{1}, {1}}});
  EXPECT_EQ(session.item<double>(max(tops)), session.item<double>(max(x[{Slice{}, 3}])));
  EXPECT_LE(session.statistics().peak_bytes, 3 << 20);
  // What has the same chunks, too, where one stage uses it.
  const Array made = map_blocks(from_first, x * 2.0, {.name = "from first"});
  const Array folded = mean(sqrt(abs(made)), {.axis = {0}});
  EXPECT_NE(session.explain({gather(folded)}).find("once a chunk"), std::string::npos);
  const auto got = session.values<double>(folded);
  EXPECT_LE(session.statistics().peak_bytes, 3 << 20);
  const auto [most, least] = session.compute(max(made), min(made * 2.0));  // one stage
  EXPECT_EQ(session.statistics().tiles, 32);
  EXPECT_GT(most.item<double>(), least.item<double>());
  // Stages that each make it, where it has no room between them.
  const Array around_mean = max(abs(made - mean(made)));
  const double furthest = session.item<double>(around_mean);
  EXPECT_LE(session.statistics().peak_bytes, 3 << 20);
  Session roomy;
  EXPECT_EQ(got, roomy.values<double>(mean(sqrt(abs(roomy.persist(made))), {.axis = {0}})));
  EXPECT_EQ(furthest, roomy.item<double>(around_mean));
  const auto around = [](Input a, Output out, const BlockPlace& place) {
    for (std::int64_t i = 0; i < out.extent(0); i++)
      for (std::int64_t j = 0; j < out.extent(1); j++)
        out(i, j) = a(i + place.box.lo[0] - place.seen.lo[0] - 1, j) - a(place.box.lo[0] - place.seen.lo[0] + i, j);
  };
  const Array steps = map_overlap(around, x, {1, 0}, {.name = "steps", .boundary = {"nearest"}});
  EXPECT_NEAR(session.item<double>(sum(steps * 2.0)), 2 * session.item<double>(sum(x[0] - x[-1])), 1e-9);
  EXPECT_LE(session.statistics().peak_bytes, 3 << 20);
  // A budget without room for a chunk and what is made of it says which has.
  const Array same = map_blocks(from_first, x[Slice{0, 512}], {.name = "from first"});
  Session small(SessionOptions{.memory = chunk, .threads = 1});
  try {
    small.compute(same);
    ADD_FAILURE() << "there was room";
  } catch (const MemoryBudgetError& e) {
    EXPECT_NE(std::string(e.what()).find("call from first"), std::string::npos) << e.what();
  }
}

TEST(MapBlocks, OfNothing) {
  Session session;
  const Array none = zeros({0, 4}, {.chunks = {1, 2}});
  EXPECT_EQ(session.values<double>(map_blocks(from_first, none, {.name = "from first"})).size(), 0u);
  const auto total = [](Input, Output) {};
  EXPECT_THROW(map_blocks(total, none, {.name = "total", .drop_axis = {0}}), ValueError);
}

TEST(MapBlocks, WhatItThrowsIsEveryonesError) {
  Session session;
  const Array x = arange(0.0, 100.0, 1.0, {}, {10});
  for (const std::int64_t bad : {0, 5, 9}) {
    const Array y = map_blocks(
        [bad](Input, Output, const BlockPlace& place) {
          if (place.chunk[0] == bad) throw std::runtime_error("no such block");
        },
        x, {.name = "throws", .version = bad});
    expect_own_error([&] { session.compute(y); }, "no such block");
  }
  EXPECT_EQ(session.item<double>(sum(x)), 4950.0);
}

TEST(MapBlocks, RefusesWhatItCantDo) {
  const Array x = zeros({6, 8}, {.chunks = {2, 4}});
  EXPECT_THROW(map_blocks(from_first, x, {}), ValueError);
  EXPECT_THROW(map_blocks(from_first, {x, x}, {.name = "two"}), ValueError);
  EXPECT_THROW(map_blocks(from_first, x, {.name = "chunks", .chunks = {{1}}}), ValueError);
  EXPECT_THROW(map_blocks(from_first, x, {.name = "chunks", .chunks = {{1, 2}, {4}}}), ValueError);
  EXPECT_THROW(map_blocks(from_first, x, {.name = "chunks", .chunks = {{0}, {4}}}), ValueError);
  EXPECT_THROW(map_blocks(from_first, x, {.name = "drop", .drop_axis = {2}}), ShapeError);
  EXPECT_THROW(map_blocks(from_first, x, {.name = "drop", .drop_axis = {0, -2}}), ValueError);
  EXPECT_THROW(map_blocks(from_first, x, {.name = "new", .new_axis = {3}}), ShapeError);
}

TEST(Blockwise, BringsBlocksTogetherByTheirIndices) {
  Session session;
  const Array x = uniform({9, 14}, 0, 1, {.seed = 8, .chunks = {4, 5}}),
              y = uniform({14, 6}, 0, 1, {.seed = 9, .chunks = {3, 2}});
  const auto product = [](Input a, Input b, Output out) {
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t k = 0; k < b.extent(1); k++)
        for (std::int64_t j = 0; j < a.extent(1); j++) out(i, k) += a(i, j) * b(j, k);
  };
  EXPECT_TRUE(session.item<bool>(allclose(blockwise(product, "ij,jk->ik", {x, y}, {.name = "product"}), matmul(x, y))));
  const auto turn = [](Input a, Output out) {
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t j = 0; j < a.extent(1); j++) out(j, i) = a(i, j);
  };
  const Array turned = blockwise(turn, "ij->ji", {x}, {.name = "turn"});
  EXPECT_EQ(turned.chunks(), x.T().chunks());
  EXPECT_TRUE(session.item<bool>(array_equal(turned, x.T())));
  const Array kept = session.persist(x);
  EXPECT_TRUE(session.item<bool>(array_equal(blockwise(turn, "ij->ji", {kept}, {.name = "turn"}), kept.T())));
  const auto powers = [](Input a, Output out) {
    for (std::int64_t i = 0; i < a.extent(0); i++)
      for (std::int64_t n = 0; n < out.extent(0); n++) out(n, i) = std::pow(a[i], static_cast<double>(n));
  };
  const Array p = blockwise(powers, "i->ni", {x[0]}, {.name = "powers", .sizes = {{'n', 3}}});
  EXPECT_TRUE(session.item<bool>(allclose(p[2], x[0] * x[0])));
  EXPECT_THROW(blockwise(powers, "i->ni", {x[0]}, {.name = "powers"}), ValueError);
  EXPECT_THROW(blockwise(turn, "ij", {x}, {.name = "turn"}), ValueError);
  EXPECT_THROW(blockwise(turn, "ii->i", {x}, {.name = "turn"}), ValueError);
  EXPECT_THROW(blockwise(turn, "ijk->ij", {x}, {.name = "turn"}), ShapeError);
  EXPECT_THROW(blockwise(product, "ij,jk->ik", {x, x}, {.name = "product"}), ShapeError);
}

// Where an index stands beyond the ends of an axis of n; -1: nothing.
std::int64_t standing(const std::string& boundary, std::int64_t i, std::int64_t n) {
  if (i >= 0 && i < n) return i;
  if (boundary == "nearest") return i < 0 ? 0 : n - 1;
  if (boundary == "periodic") return ((i % n) + n) % n;
  if (boundary == "constant") return -1;
  const std::int64_t period = boundary == "reflect" ? 2 * n : std::max<std::int64_t>(1, 2 * n - 2);
  const std::int64_t at = ((i % period) + period) % period;
  return at < n ? at : boundary == "reflect" ? period - 1 - at : period - at;
}

TEST(MapOverlap, SeesWhatLiesAroundBlocks) {
  Session session;
  // Weighted sums over what is seen.
  const auto sums = [](Input a, Output out, const BlockPlace& place) {
    for (std::int64_t i = 0; i < out.extent(0); i++)
      for (std::int64_t d = 0; d <= 5; d++)
        out[i] += static_cast<double>(d + 1) * a[place.box.lo[0] - place.seen.lo[0] + i + d - 3];
  };
  for (const std::string boundary : {"reflect", "mirror", "periodic", "nearest", "constant"})
    for (const std::int64_t chunk : {1, 2, 5, 23})
      for (const bool kept : {false, true}) {
        const std::int64_t n = 23;
        Array x = uniform({n}, 0, 1, {.seed = 10, .chunks = {chunk}});
        if (kept) x = session.persist(x);
        const Array y = map_overlap(sums, x, {3}, {.name = "sums", .after = {2}, .boundary = {boundary}, .value = 0.5});
        const auto in = session.values<double>(x), got = session.values<double>(y);
        for (std::int64_t i = 0; i < n; i++) {
          double want = 0;
          for (std::int64_t d = 0; d <= 5; d++) {
            const std::int64_t at = standing(boundary, i + d - 3, n);
            want += static_cast<double>(d + 1) * (at < 0 ? 0.5 : in[static_cast<std::size_t>(at)]);
          }
          ASSERT_EQ(got[static_cast<std::size_t>(i)], want) << boundary << " " << chunk << " " << i;
        }
      }
}

TEST(MapOverlap, InTwoDimensionsAsAFilterDoes) {
  Session session;
  const auto mean3 = [](Input a, Output out, const BlockPlace& place) {
    const std::int64_t top = place.box.lo[0] - place.seen.lo[0], left = place.box.lo[1] - place.seen.lo[1];
    EXPECT_EQ(a.extent(0), out.extent(0) + 2 * top);
    for (std::int64_t i = 0; i < out.extent(0); i++)
      for (std::int64_t j = 0; j < out.extent(1); j++)
        for (int p = -1; p <= 1; p++)
          for (int q = -1; q <= 1; q++) out(i, j) += a(i + top + p, j + left + q) / 9;
  };
  const Array x = uniform({21, 17}, 0, 1, {.seed = 11, .chunks = {6, 5}});
  const Array got = map_overlap(mean3, x * 2.0, {1}, {.name = "mean of 3"}), want = uniform_filter(x * 2.0, {3});
  EXPECT_TRUE(session.item<bool>(allclose(got, want)));
  const Array deep =
      map_overlap(mean3, session.persist(x), {9, 8}, {.name = "mean of 3", .boundary = {"mirror", "periodic"}});
  EXPECT_TRUE(session.item<bool>(allclose(deep, uniform_filter(x, {3}, {.mode = {"mirror", "wrap"}}))));
}

// What is around a block is made by other calls.
TEST(MapOverlap, SeesWhatOtherCallsMake) {
  Session session;
  const auto twice = [](Input a, Output out) {
    for (std::int64_t i = 0; i < a.size(); i++) out[i] = 2 * a[i];
  };
  const auto sums = [](Input a, Output out, const BlockPlace& place) {
    const std::int64_t before = place.box.lo[0] - place.seen.lo[0];
    for (std::int64_t i = 0; i < out.extent(0); i++)
      for (std::int64_t k = std::max<std::int64_t>(0, i + before - 2); k <= std::min(a.size() - 1, i + before + 2); k++)
        out[i] += a[k];
  };
  for (const std::string boundary : {"none", "reflect"})
    for (const std::int64_t chunk : {1, 3, 20}) {
      const Array x = arange(0.0, 20.0, 1.0, {}, {chunk});
      const auto around = [&](const Array& a) {
        return map_overlap(sums, a, {2}, {.name = "sums", .boundary = {boundary}});
      };
      const Array made = map_blocks(twice, x, {.name = "twice"}) + 0.0;
      EXPECT_EQ(session.values<double>(around(made)), session.values<double>(around(2 * x))) << boundary << chunk;
      EXPECT_EQ(session.values<double>(around(around(x))), session.values<double>(around(session.persist(around(x)))));
      EXPECT_EQ(session.values<double>(resize(made, {27})),
                session.values<double>(resize(session.persist(2 * x), {27})));
      EXPECT_EQ(session.item<double>(sum(resize(made, {13}))), session.item<double>(sum(resize(2 * x, {13}))));
    }
}

TEST(MapOverlap, KeepsHalosOrSeesLessAtTheEnds) {
  Session session;
  const Array x = arange(0.0, 10.0, 1.0, {}, {4});
  const auto as_seen = [](Input a, Output out) {
    EXPECT_EQ(a.shape(), out.shape());
    for (std::int64_t i = 0; i < a.size(); i++) out[i] = a[i];
  };
  const Array whole = map_overlap(as_seen, x, {1}, {.name = "as seen", .boundary = {"none"}, .trim = false});
  EXPECT_EQ(session.values<double>(whole), (std::vector<double>{0, 1, 2, 3, 4, 3, 4, 5, 6, 7, 8, 7, 8, 9}));
  const Array around =
      map_overlap(as_seen, x, {1}, {.name = "as seen", .after = {0}, .boundary = {"periodic"}, .trim = false});
  EXPECT_EQ(session.values<double>(around), (std::vector<double>{9, 0, 1, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9}));
  EXPECT_EQ(session.values<double>(map_overlap(as_seen, zeros({0}), {2}, {.name = "as seen"})).size(), 0u);
  EXPECT_THROW(map_overlap(as_seen, x, {-1}, {.name = "as seen"}), ValueError);
  EXPECT_THROW(map_overlap(as_seen, x, {1, 1}, {.name = "as seen"}), ShapeError);
  EXPECT_THROW(map_overlap(as_seen, x, {1}, {.name = "as seen", .boundary = {"wrap"}}), ValueError);
  EXPECT_THROW(map_overlap(as_seen, x, {1}, {}), ValueError);
}

}  // namespace
}  // namespace tessera::testing

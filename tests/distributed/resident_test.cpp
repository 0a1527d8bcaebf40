// Arrays in memory: persist, from_local, local_chunks, compute_into, and loops over them in flat memory with cached
// plans.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "memory_store.hpp"

namespace tessera::testing {
namespace {

class Residents : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{256} << 20, .threads = 1}};
  const std::int64_t ranks = session.size(), rank = session.rank();
  std::vector<double> values(const Array& x) { return session.compute(x).values<double>(); }
};

/// Rank r's rows [lo, lo + rows) of a (n, m) array inside a buffer with one ghost cell around, row-major or Fortran
/// order.
struct Block {
  Block(std::int64_t n, std::int64_t m, std::int64_t rank, std::int64_t ranks, bool fortran) {
    box = {{n * rank / ranks, 0}, {n * (rank + 1) / ranks - n * rank / ranks, m}};
    const std::int64_t rows = box.extent[0] + 2, columns = m + 2;
    memory.assign(static_cast<std::size_t>(rows * columns), -1e300);
    strides = fortran ? Dims{8, 8 * rows} : Dims{8 * columns, 8};
  }
  double& at(std::int64_t i, std::int64_t j) {
    return memory[static_cast<std::size_t>(((i + 1) * strides[0] + (j + 1) * strides[1]) / 8)];
  }
  void fill(double scale) {
    for (std::int64_t i = 0; i < box.extent[0]; i++)
      for (std::int64_t j = 0; j < box.extent[1]; j++)
        at(i, j) = scale * static_cast<double>((box.lo[0] + i) * 1000 + j);
  }
  std::vector<double> memory;
  Box box;
  Dims strides;
};

TEST_F(Residents, FromLocalSeesTheCallersMemory) {
  for (bool fortran : {false, true}) {
    Block b(11, 7, rank, ranks, fortran);
    b.fill(1);
    const Array x = session.from_local(&b.at(0, 0), DType::float64, {11, 7}, b.box, b.strides);
    const auto chunks = session.local_chunks(x);
    ASSERT_EQ(chunks.size(), 1u);
    EXPECT_EQ(chunks[0].data, reinterpret_cast<const std::byte*>(&b.at(0, 0)));
    EXPECT_EQ(chunks[0].box, b.box);
    const auto v = values(x + 0.5), t = values(x.T()), row = values(sum(x, {.axis = {1}}));
    for (std::size_t i = 0; i < 11; i++)
      for (std::size_t j = 0; j < 7; j++) {
        EXPECT_EQ(v[i * 7 + j], static_cast<double>(i * 1000 + j) + 0.5);
        EXPECT_EQ(t[j * 11 + i], static_cast<double>(i * 1000 + j));
      }
    EXPECT_EQ(row[10], 70000 + 21);
    b.fill(2);  // in place: the next evaluation sees it
    EXPECT_EQ(session.item<double>(max(x)), 2 * 10006);
  }
}

TEST_F(Residents, ARankMayHaveNothing) {
  std::vector<double> mine(12, 1.5);
  const bool has = rank == ranks - 1;
  const Box box{{0, 0}, has ? Dims{3, 4} : Dims{0, 0}};
  const Array x = session.from_local(has ? mine.data() : nullptr, DType::float64, {3, 4}, box, {32, 8});
  EXPECT_EQ(session.item<double>(sum(x)), 18);
  EXPECT_EQ(values(x * 2.0 + x.T()[{0}][{Slice{}, newaxis}][{Slice{{}, 1, {}}}]).size(), 12u);
  EXPECT_EQ(session.local_chunks(x).size(), has ? 1u : 0u);
}

TEST_F(Residents, BlocksThatDoNotTileAreRefusedEverywhere) {
  std::vector<double> m(100);
  const auto attempt = [&](const Box& box) {
    return session.from_local(m.data(), DType::float64, {ranks, 4}, box, {32, 8});
  };
  EXPECT_NO_THROW(attempt({{rank, 0}, {1, 4}}));
  EXPECT_THROW(attempt({{rank, 0}, {1, 3}}), ShapeError);       // a gap
  EXPECT_THROW(attempt({{rank, 1}, {1, 4}}), ShapeError);       // beyond the end
  EXPECT_THROW(attempt({{0, 0}, {ranks + 1, 4}}), ShapeError);  // too much
  if (ranks > 1) {
    EXPECT_THROW(attempt({{0, 0}, {1, 4}}), ShapeError);  // all the same
  }
}

TEST_F(Residents, OneRanksBadBlockIsEveryonesError) {
  std::vector<double> m(100);
  const Box good{{rank, 0}, {1, 4}};
  const bool bad = rank == ranks - 1;
  EXPECT_THROW(session.from_local(m.data(), DType::float64, {ranks, 4}, good, bad ? Dims{8} : Dims{32, 8}), ShapeError);
  const Array x = zeros({ranks, 4}, {.chunks = {1, 4}});
  EXPECT_THROW(session.compute_into(x, m.data(), bad ? Box{{rank, 1}, {1, 4}} : good, {32, 8}), ShapeError);
  EXPECT_EQ(session.item<double>(sum(x)), 0);
}

TEST_F(Residents, ComputeIntoAnyBlockOfAnyStrides) {
  const Array x = arange(0, 77, 1, DType::float64, {10});
  Block b(11, 7, rank, ranks, true);
  const Array grid = broadcast_to(arange(0, 11, 1, DType::float64)[{Slice{}, newaxis}], {11, 7}) * 1000.0 +
                     broadcast_to(arange(0, 7, 1, DType::float64), {11, 7});
  session.compute_into(grid, &b.at(0, 0), b.box, b.strides);
  Block want(11, 7, rank, ranks, true);
  want.fill(1);
  EXPECT_EQ(b.memory, want.memory);  // ghost cells untouched
  // Blocks may overlap, and may be empty.
  std::vector<double> part(77, -1);
  session.compute_into(x, part.data(), rank % 2 == 0 ? Box{{5}, {20}} : Box{{0}, {0}}, {8});
  EXPECT_EQ(part[0], rank % 2 == 0 ? 5 : -1);
  EXPECT_EQ(part[19], rank % 2 == 0 ? 24 : -1);
  EXPECT_EQ(part[20], -1);
}

TEST_F(Residents, LocalChunksCoverTheArrayOnce) {
  const Array x = session.persist(arange(0, 10007, 1, {}, {100}));
  std::int64_t mine = 0, all[1];
  for (const auto& c : session.local_chunks(x)) {
    mine += c.box.size();
    std::int64_t v = 0;
    std::memcpy(&v, c.data + (c.box.extent[0] - 1) * c.strides[0], 8);
    EXPECT_EQ(v, c.box.lo[0] + c.box.extent[0] - 1);
  }
  std::vector<std::int64_t> counts(static_cast<std::size_t>(ranks));
  session.communicator().allgather(reinterpret_cast<const std::byte*>(&mine),
                                   reinterpret_cast<std::byte*>(counts.data()), 8);
  all[0] = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  EXPECT_EQ(all[0], 10007);
  EXPECT_THROW(static_cast<void>(session.local_chunks(x + 1)), UsageError);
}

TEST_F(Residents, PersistDropsItsAncestors) {
  std::weak_ptr<const MemoryStore> watched;
  Array p = zeros({1});
  {
    auto store = std::make_shared<MemoryStore>("dropped", DType::float64, ChunkGrid::regular({4}, {2}),
                                               bytes_of<double>({1, 2, 3, 4}));
    watched = store;
    p = session.persist(array_of(store) * 2.0);
  }
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(session.item<double>(sum(p)), 20);
}

TEST_F(Residents, SharedInputsAreReadOnce) {
  std::vector<double> v(1000);
  std::iota(v.begin(), v.end(), 0);
  auto store = std::make_shared<MemoryStore>("shared", DType::float64, ChunkGrid::regular({1000}, {100}), bytes_of(v));
  const Array x = array_of(store);
  session.compute(mean(x));
  const auto once = store->reads.exchange(0);
  const auto r = session.compute(gather(mean(x)), gather(max(sqrt(x))), persist(x + 1.0), gather(var(x)));
  EXPECT_EQ(store->reads, once);
  EXPECT_EQ(r[0].item<double>(), 499.5);
  EXPECT_EQ(session.item<double>(sum(r[2].array())), 499500 + 1000);
}

// A plan knows structure only: other scalars, other sources, and what is merely equal by chance must not leak from it.
TEST_F(Residents, CachedPlansTakeNewScalarsAndSources) {
  const Array x = session.persist(arange(0, 100, 1, DType::float64, {30})),
              y = session.persist(full({100}, 7.0, {}, {30}));
  const auto eval = [&](const Array& p, const Array& q, double a, double b) {
    const double got = session.item<double>(sum(p * a + q * b));
    Session fresh(SessionOptions{.memory = std::int64_t{256} << 20, .threads = 1});
    EXPECT_EQ(got, fresh.item<double>(sum(p * a + q * b))) << a << " " << b;
    return got;
  };
  EXPECT_EQ(eval(x, y, 2, 2), 2 * 4950 + 2 * 700);
  EXPECT_EQ(eval(x, y, 2, 3), 2 * 4950 + 3 * 700);
  EXPECT_EQ(eval(x, y, 5, 1), 5 * 4950 + 700);
  EXPECT_TRUE(session.statistics().plan_was_cached);
  EXPECT_EQ(eval(y, x, 5, 1), 4950 + 5 * 700);
  EXPECT_EQ(eval(x, x, 2, 2), 4 * 4950);
  EXPECT_EQ(eval(x, x, 2, 3), 5 * 4950);
  EXPECT_EQ(eval(x, y, 3, 3), 3 * 4950 + 3 * 700);
  // Folded constants and exponents.
  for (double c : {1.0, 2.0, 3.0}) {
    const Array k = full({100}, c, {}, {30});
    EXPECT_EQ(session.item<double>(sum(x * ((k + 1.0) * 2.0))), 4950 * (c + 1) * 2);
    EXPECT_EQ(session.item<double>(sum(pow(y, c))), 100 * std::pow(7.0, c));
    EXPECT_EQ(session.item<double>(mean(k)), c);
  }
  // Slices, axes and corrections are structure.
  for (std::int64_t from : {0, 10, 20}) {
    EXPECT_EQ(session.item<double>(min(x[{Slice{from, {}, {}}}])), static_cast<double>(from));
    EXPECT_EQ(session.item<double>(var(x, {.correction = static_cast<double>(from)})),
              83325.0 / static_cast<double>(100 - from));
  }
}

TEST_F(Residents, TenThousandStepsInFlatMemoryWithCachedPlans) {
  Array u = session.persist(full({4000}, 5.0, {}, {256}));
  [[maybe_unused]] std::int64_t before = 0;
  int planned = 0;
  for (int step = 0; step < 10000; step++) {
    u = session.persist(u * 0.5 + 1.0);
    planned += !session.statistics().plan_was_cached;
    if (step == 1000) before = resident_bytes();
  }
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory
  EXPECT_LT(resident_bytes() - before, 2 << 20);
#endif
  EXPECT_LE(planned, 2);
  EXPECT_EQ(session.item<double>(min(u)), 2);
  EXPECT_EQ(session.item<double>(max(u)), 2);
}

// A graph that grows for 10^4 steps and is evaluated once, and dropped without recursion.
TEST_F(Residents, AGraphOfTenThousandStepsEvaluatesOnce) {
  Array u = session.persist(full({1000}, 5.0, {}, {256}));
  for (int step = 0; step < 10000; step++) u = u * 0.5 + 1.0;
  EXPECT_EQ(session.item<double>(max(u)), 2);
}

TEST_F(Residents, ArraysOutliveTheirSession) {
  Array x = zeros({1});
  {
    Session brief(SessionOptions{.memory = std::int64_t{64} << 20, .threads = 1});
    x = brief.persist(arange(0, 1000, 1, {}, {100}));
  }
  EXPECT_EQ(session.item<std::int64_t>(sum(x)), 499500);
}

// While a stage waits for what it needs from other ranks, progress counts the bytes that come, not tiles that can't
// begin.
TEST_F(Residents, ProgressOfAnExchangeCountsItsBytes) {
  std::vector<SessionOptions::Progress> heard;
  SessionOptions options{.memory = std::int64_t{256} << 20, .threads = 1};
  options.progress = [&](const SessionOptions::Progress& p) { heard.push_back(p); };
  Session watched(options);
  const Array rows = watched.persist(uniform({400, 300}, 0, 1, {.chunks = {10, 300}}));
  const Array columns = watched.persist(uniform({400, 300}, 0, 1, {.chunks = {400, 10}}));
  heard.clear();
  watched.persist(rows + columns);
  const auto first = std::find_if(heard.begin(), heard.end(), [](const auto& p) { return p.exchanging; });
  ASSERT_EQ(first != heard.end(), ranks > 1 && rank == 0);
  if (first != heard.end()) {
    EXPECT_EQ(first->done, 0) << "the first of a step is heard at once";
  }
  for (const auto& p : heard) {
    EXPECT_LE(p.done, p.total);
    EXPECT_GE(p.step_seconds, 0);
    EXPECT_LE(p.step_seconds, p.seconds);
    if (p.exchanging) {
      EXPECT_GT(p.total, 0);
      EXPECT_LE(p.total, 400 * 300 * 8);
    }
  }
}

}  // namespace
}  // namespace tessera::testing

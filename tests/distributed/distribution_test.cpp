// Who owns which chunk: every chunk has one owner, whatever the kind of distribution, by brute force.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <tessera/distributed/distribution.hpp>

#include "../core/generators.hpp"

namespace tessera {
namespace {

rc::Gen<Distribution> distribution(const ChunkGrid& grid) {
  return rc::gen::exec([grid] {
    const int ranks = *rc::gen::inRange(1, 9);
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        return Distribution::blocks(grid, ranks);
      case 1: {
        Dims order;
        for (int i = 0; i < grid.rank(); i++) order.insert(*rc::gen::inRange(0, i + 1), i);
        return Distribution::blocks(grid, ranks, order);
      }
      case 2: {
        std::vector<std::int64_t> starts{0};
        for (int r = 1; r < ranks; r++) starts.push_back(*rc::gen::inRange<std::int64_t>(0, grid.count() + 1));
        std::sort(starts.begin(), starts.end());
        starts.push_back(grid.count());
        return Distribution::blocks(grid, starts);
      }
      default: {
        std::vector<int> owners;
        for (std::int64_t k = 0; k < grid.count(); k++) owners.push_back(*rc::gen::inRange(0, ranks));
        return Distribution::table(grid, ranks, owners);
      }
    }
  });
}

void check(const Distribution& d) {
  const ChunkGrid& grid = d.grid();
  std::vector<int> met(static_cast<std::size_t>(grid.count()));
  std::int64_t total = 0, most = 0;
  for (int r = 0; r < d.ranks(); r++) {
    std::int64_t elements = 0, last = -1;
    Dims low = Dims::filled(grid.rank(), 1000), high = Dims::filled(grid.rank(), -1);
    bool any = false;
    d.for_each_owned(r, [&](const Dims& at) {
      any = true;
      RC_ASSERT(d.owner(at) == r);
      RC_ASSERT(d.owner(grid.linear(at)) == r);
      RC_ASSERT(d.owns(r, at));
      RC_ASSERT(d.position(at) > last);
      last = d.position(at);
      RC_ASSERT(d.at_position(last) == at);
      met[static_cast<std::size_t>(grid.linear(at))]++;
      elements += grid.box(at).size();
      for (int i = 0; i < at.size(); i++) low[i] = std::min(low[i], at[i]), high[i] = std::max(high[i], at[i]);
    });
    RC_ASSERT(d.elements(r) == elements);
    total += elements;
    most = std::max(most, elements);
    const Box hull = d.hull(r);
    RC_ASSERT(hull.empty() == !any || grid.rank() == 0);
    for (int i = 0; any && i < grid.rank(); i++) {
      RC_ASSERT(hull.lo[i] == low[i]);
      RC_ASSERT(hull.extent[i] == high[i] - low[i] + 1);
    }
  }
  for (int m : met) RC_ASSERT(m == 1);
  RC_ASSERT(total == num_elements(grid.shape()));
  RC_ASSERT(d.most_elements() == most);
}

RC_GTEST_PROP(Distributions, EveryChunkHasOneOwner, ()) { check(*distribution(*testing::chunk_grid(3))); }

RC_GTEST_PROP(Distributions, ThroughAViewTheOwnerIsThatOfTheChunkBelow, ()) {
  const ChunkGrid grid = *testing::chunk_grid(3);
  const Distribution base = *distribution(grid);
  const IndexTransform t = *testing::view_of(grid.shape());
  const ChunkGrid view = t.map_grid(grid);
  const Distribution d = Distribution::through(view, t, base);
  RC_ASSERT(d.grid() == view);
  RC_ASSERT(d.ranks() == base.ranks());
  for_each_index(view.counts(), [&](const Dims& at) {
    const Dims first = t.map(view.box(at).lo);
    Dims below;
    for (int j = 0; j < first.size(); j++) below.push_back(grid.axis(j).find(first[j]));
    RC_ASSERT(d.owner(at) == base.owner(below));
  });
  check(d);
}

RC_GTEST_PROP(Distributions, EqualMeansTheSameOwners, ()) {
  const ChunkGrid grid = *testing::chunk_grid(2);
  const Distribution a = *distribution(grid), b = *distribution(grid);
  if (a == b)
    for (std::int64_t k = 0; k < grid.count(); k++) RC_ASSERT(a.owner(k) == b.owner(k));
  RC_ASSERT(a == a);
}

TEST(Distributions, BlocksAreEven) {
  const ChunkGrid grid = ChunkGrid::regular({10}, {1});
  EXPECT_EQ(Distribution::blocks(grid, 3).starts(), (std::vector<std::int64_t>{0, 3, 6, 10}));
  for (int ranks : {1, 2, 7, 10, 64}) {
    const Distribution d = Distribution::blocks(grid, ranks);
    for (int r = 0; r < ranks; r++) EXPECT_LE(d.run_end(r) - d.run_begin(r), (10 + ranks - 1) / ranks);
  }
}

TEST(Distributions, ReplicatedMeansEverywhere) {
  const Distribution d = Distribution::replicated(ChunkGrid::regular({10}, {3}), 4);
  for (int r = 0; r < 4; r++) {
    int chunks = 0;
    d.for_each_owned(r, [&](const Dims& at) {
      EXPECT_TRUE(d.owns(r, at));
      chunks++;
    });
    EXPECT_EQ(chunks, 4);
    EXPECT_EQ(d.elements(r), 10);
  }
}

TEST(Distributions, MillionsOfChunksNeedNoTable) {
  const ChunkGrid grid = ChunkGrid::regular({std::int64_t{1} << 40}, {10});
  const Distribution d = Distribution::blocks(grid, 1000);
  EXPECT_EQ(d.owner(grid.count() - 1), 999);
  EXPECT_EQ(d.owner(std::int64_t{0}), 0);
  EXPECT_LE(d.most_elements(), (std::int64_t{1} << 40) / 1000 + 20);
  EXPECT_EQ(d.hull(999).extent[0], d.run_end(999) - d.run_begin(999));
}

}  // namespace
}  // namespace tessera

// What ranks send each other when an array gets other chunks, against looking at every element.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/distributed/regrid.hpp>

#include "memory_store.hpp"

namespace tessera::testing {
namespace {

ChunkGrid drawn_grid(const Shape& shape) {
  if (*rc::gen::inRange(0, 2) == 0)
    return irregular_grid(shape, *rc::gen::inRange(1, 6), *rc::gen::inRange<std::uint64_t>(0, 100));
  Dims chunks;
  for (auto n : shape) chunks.push_back(*rc::gen::inRange<std::int64_t>(1, n + 2));
  return ChunkGrid::regular(shape, chunks);
}

Distribution drawn_distribution(const ChunkGrid& grid, int ranks, bool may_be_everywhere) {
  Dims order;
  for (int i = 0; i < grid.rank(); i++) order.insert(*rc::gen::inRange(0, i + 1), i);
  switch (*rc::gen::inRange(0, may_be_everywhere ? 5 : 4)) {
    case 0: {
      std::vector<int> table;
      for (std::int64_t k = 0; k < grid.count(); k++) table.push_back(*rc::gen::inRange(0, ranks));
      return Distribution::table(grid, ranks, table);
    }
    case 1: {
      std::vector<std::int64_t> starts{0, grid.count()};
      while (starts.size() < static_cast<std::size_t>(ranks) + 1)
        starts.push_back(*rc::gen::inRange<std::int64_t>(0, grid.count() + 1));
      std::sort(starts.begin(), starts.end());
      return Distribution::blocks(grid, starts);
    }
    case 4:
      return Distribution::replicated(grid, ranks);
    default:
      return Distribution::blocks(grid, ranks, order);
  }
}

/// A slice, with its axes in another order, of an array of this shape. No element twice.
IndexTransform drawn_map(const Shape& source) {
  std::vector<IndexTransform::Axis> axes(static_cast<std::size_t>(source.size()));
  Shape out;
  std::vector<int> kept;
  for (int j = 0; j < source.size(); j++) {
    const bool drops = source[j] > 0 && *rc::gen::inRange(0, 5) == 0;
    if (drops)
      axes[j] = {-1, *rc::gen::inRange<std::int64_t>(0, source[j]), 0};
    else
      kept.insert(kept.begin() + *rc::gen::inRange<int>(0, static_cast<int>(kept.size()) + 1), j);
  }
  for (const int j : kept) {
    const std::int64_t n = source[j];
    const std::int64_t step = *rc::gen::element<std::int64_t>(1, 1, 1, 2, 3, -1, -2);
    std::int64_t first = n == 0 ? 0 : *rc::gen::inRange<std::int64_t>(0, std::max<std::int64_t>(1, n / 2));
    const std::int64_t length = n == 0 ? 0 : (n - 1 - first) / std::abs(step) + 1;
    if (step < 0) first += (length - 1) * -step;
    axes[j] = {out.size(), length == 0 ? 0 : first, step};
    out.push_back(length);
  }
  return {out, axes};
}

Regrid drawn_regrid() {
  const int ranks = *rc::gen::inRange(1, 9);
  Shape source;
  for (int rank = *rc::gen::inRange(0, 4); rank > 0; rank--)
    source.push_back(*rc::gen::inRange(0, 8) == 0 ? 0 : *rc::gen::inRange(1, 12));
  const ChunkGrid held = drawn_grid(source);
  const IndexTransform map = *rc::gen::inRange(0, 2) ? IndexTransform::identity(source) : drawn_map(source);
  const ChunkGrid grid = drawn_grid(map.output());
  return {drawn_distribution(held, ranks, true), map, drawn_distribution(grid, ranks, false)};
}

Dims in_chunks(const ChunkGrid& grid, const Dims& at) {
  Dims c;
  for (int i = 0; i < at.size(); i++) c.push_back(grid.axis(i).find(at[i]));
  return c;
}

RC_GTEST_PROP(Regrid, BringsEveryElementOnce, ()) {
  const Regrid g = drawn_regrid();
  const int ranks = g.to.ranks();
  const Shape& shape = g.map.output();
  std::set<std::int64_t> came;
  const Dims strides = row_major_strides(shape, 1);
  for (int from = 0; from < ranks; from++) {
    const auto receivers = g.receivers_of(from);
    for (int to = 0; to < ranks; to++) {
      const auto senders = g.senders_of(to);
      const std::int64_t said = receivers.count(to) ? receivers.at(to) : 0;
      RC_ASSERT((senders.count(from) ? senders.at(from) : 0) == said);
      if (g.from.kind() == Distribution::Kind::replicated && from != to) {
        RC_ASSERT(said == 0);
        continue;
      }
      // In pieces of any length, as messages have them.
      std::int64_t left = said;
      RegridStream stream(g, from, to);
      while (left > 0) {
        const std::int64_t n = std::min(left, *rc::gen::inRange<std::int64_t>(1, 40));
        std::int64_t taken = 0;
        stream.take(n, [&](const Dims& chunk, const Box& part) {
          RC_ASSERT(g.from.owns(from, chunk));
          taken += part.size();
          for_each_index(part.extent, [&](Dims at) {
            std::int64_t linear = 0;
            for (int i = 0; i < at.size(); i++) at[i] += part.lo[i], linear += at[i] * strides[i];
            RC_ASSERT(came.insert(linear).second);
            RC_ASSERT(in_chunks(g.from.grid(), g.map.map(at)) == chunk);
            RC_ASSERT(g.to.owns(to, in_chunks(g.to.grid(), at)));
          });
        });
        RC_ASSERT(taken == n);
        left -= n;
      }
    }
  }
  RC_ASSERT(static_cast<std::int64_t>(came.size()) == num_elements(shape));
}

RC_GTEST_PROP(Regrid, TrafficIsThatOfThePairs, ()) {
  Redistribution op;
  op.regrid = drawn_regrid();
  const Regrid& g = op.regrid;
  Plan plan;
  plan.limits.ranks = g.to.ranks();
  plan.arrays.emplace_back();  // from it and to it, in the host's memory
  op.windows = windows_within(64 << 10, plan.limits.ranks);
  op.windows.largest = 64;  // several messages
  std::int64_t bytes = 0, messages = 0;
  for (int from = 0; from < plan.limits.ranks; from++)
    for (const auto& [to, n] : g.receivers_of(from)) {
      if (from == to) continue;
      bytes += 8 * n, messages += message_count(8 * n, 64);
    }
  const Traffic t = traffic_of(plan, op);
  RC_ASSERT(t.bytes_moved == bytes);
  RC_ASSERT(t.messages == messages);
}

RC_GTEST_PROP(Windows, OfAPairAreOneOnBothSidesAndBounded, ()) {
  const int ranks = *rc::gen::inRange(2, 3000);
  const std::int64_t budget = *rc::gen::inRange<std::int64_t>(0, 64 << 20);
  const Windows w = windows_within(budget, ranks);
  RC_ASSERT(w.memory() <= std::max<std::int64_t>(budget, 64 << 10));
  RC_ASSERT(w.largest >= (32 << 10) && w.largest % 64 == 0);
  const int me = *rc::gen::inRange(0, ranks);
  std::map<int, int> sends, receives;
  for (int p = 0; p < ranks; p++) {
    if (p == me) continue;
    sends[w.of(me, p)]++, receives[w.of(p, me)]++;
    RC_ASSERT(w.of(me, p) >= 0 && w.of(me, p) < ranks);
  }
  for (const auto& counts : {sends, receives})
    for (const auto& [window, n] : counts) RC_ASSERT(n <= w.peers);
}

// 10^6 chunks to 10^6 others on 1000 ranks, and rows to columns on 10^5: nothing is gone through chunk by chunk.
TEST(RegridOf, ManyChunksAndRanks) {
  const Shape square{3000, 3000};
  const auto blocks = [](const Shape& shape, const Dims& chunks, int ranks) {
    return Distribution::blocks(ChunkGrid::regular(shape, chunks), ranks);
  };
  const Regrid fine{blocks(square, {3, 3}, 1000), IndexTransform::identity(square), blocks(square, {2, 5}, 1000)};
  std::int64_t elements = 0;
  for (int r = 0; r < 1000; r++)
    for (const auto& [to, n] : fine.receivers_of(r)) elements += n;
  EXPECT_EQ(elements, num_elements(square));

  constexpr int ranks = 100'000;
  const Shape large{1 << 20, 1 << 20};
  Redistribution op;
  op.dtype = DType::float32;
  op.regrid = {blocks(large, {8, -1}, ranks), IndexTransform::identity(large), blocks(large, {-1, 8}, ranks)};
  op.windows = windows_within(16 << 20, ranks);
  Plan plan;
  plan.limits.ranks = ranks;
  plan.arrays.emplace_back();
  Amount kept = 0;
  for (int r = 0; r < ranks; r++) {
    kept += Amount(op.regrid.from.elements(r) / (1 << 20)) * (op.regrid.to.elements(r) / (1 << 20)) * 4;
  }
  EXPECT_EQ(traffic_of(plan, op).bytes_moved, (std::int64_t{4} << 40) - kept.value());
}

}  // namespace
}  // namespace tessera::testing

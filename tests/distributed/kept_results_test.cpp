// Loops in one expression: what the plan keeps in memory changes no bit, is freed behind its last reader, is computed
// again where the budget has no room, and is fetched with its ghost cells by ranks that need them.
#include <gtest/gtest.h>

#include <cstring>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/tessera.hpp>

#include "gathered_bytes.hpp"

namespace tessera::testing {
namespace {

using namespace literals;

constexpr int loops = 5, close = 4, steps = 10;
Array start(int which) {
  return which == 1 ? normal({400, 300}, 0, 1, {.seed = 7, .chunks = {37, 110}})
                    : normal({120000}, 0, 1, {.seed = 7, .chunks = {9000}});
}
Array step(int which, const Array& u) {
  const auto shifted = [&](std::int64_t first, std::int64_t last) {
    return u[{Slice{first, u.shape()[0] - last, {}}}];
  };
  const auto rows = [&](std::int64_t i, std::int64_t j) {
    return u[{Slice{i, u.shape()[0] - 2 + i, {}}, Slice{j, u.shape()[1] - 2 + j, {}}}];
  };
  switch (which) {
    case 0:  // further apart than a halo may reach
      return sin(shifted(101, 0) + shifted(0, 101)) / 2.0;
    case close:
      return sin(shifted(1, 0) + shifted(0, 1)) / 2.0;
    case 1:
      return (rows(1, 2) + rows(1, 0) + rows(2, 1) + rows(0, 1)) / 4.0 - max(u);
    case close + 1:
      return (rows(1, 2) + rows(1, 0) + rows(2, 1) + rows(0, 1)) / 4.0;
    case 2:
      return concat({shifted(0, u.shape()[0] - 1), exp((shifted(0, 2) + shifted(1, 1) - shifted(2, 0)) / 8.0),
                     flip(shifted(u.shape()[0] - 3, 2))});
    default:
      return (u - mean(u)) / std(exp(flip(u) * 0.25));
  }
}

bool same(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

TEST(KeptResults, HaveTheBitsOfResultsThatWerePersisted) {
  for (int which = 0; which < loops; which++) {
    Session session(SessionOptions{.memory = 256_MiB, .threads = 2, .whole_process = false});
    Array persisted = session.persist(start(which)), lazy = start(which);
    for (int i = 0; i < steps; i++) {
      persisted = session.persist(step(which, persisted));
      lazy = step(which, lazy);
    }
    const auto expected = bytes_of(session, persisted);
    EXPECT_TRUE(same(bytes_of(session, lazy), expected)) << which;
    if (which == close)
      EXPECT_EQ(session.statistics().stages, 1);  // all steps follow one another in a tile
    else
      EXPECT_GT(session.statistics().stages, 2) << which;
    EXPECT_TRUE(same(bytes_of(session, lazy), expected)) << which << ", by a cached plan";
    EXPECT_TRUE(session.statistics().plan_was_cached);
    // The result of every step at once: kept ones are results of the user's, too.
    std::vector<Sink> sinks;
    Array u = start(which);
    for (int i = 0; i < steps; i++) sinks.push_back(i % 2 ? gather(u = step(which, u)) : persist(u = step(which, u)));
    const auto all = session.compute(sinks);
    EXPECT_TRUE(same({all.back().bytes().begin(), all.back().bytes().end()}, expected)) << which;
  }
}

TEST(KeptResults, AreComputedAgainWhereTheBudgetHasNoRoom) {
  Session large(SessionOptions{.memory = 256_MiB, .threads = 1, .whole_process = false});
  for (int which : {0, 3}) {
    Array u = start(which);
    for (int i = 0; i < (which == 0 ? 5 : 12); i++) u = step(which, u);
    const Array total = sum(u);
    const auto expected = bytes_of(large, total);
    bool recomputed = false;
    // From too little on: the first budget that does.
    for (std::int64_t memory = 16 << 10; memory < 256_MiB; memory *= 2) {
      Session small(SessionOptions{.memory = memory, .threads = 1, .whole_process = false});
      try {
        EXPECT_TRUE(same(bytes_of(small, total), expected)) << which << " in " << memory;
        EXPECT_LE(small.statistics().peak_bytes, memory);
        recomputed =
            recomputed || small.explain({gather(total)}).find("computed again wherever used") != std::string::npos;
      } catch (const MemoryBudgetError&) {
        EXPECT_FALSE(recomputed) << "more memory, but no plan";
      }
    }
    EXPECT_TRUE(recomputed) << which;
  }
}

TEST(KeptResults, RowsOfAStencilSeenAlone) {
  Session session;
  const Array x = uniform({40, 50}, 0, 1, {.seed = 3, .chunks = {8, 50}});
  const Array y = sin(correlate(x, {{0, 1, 0}, {1, -4, 1}, {0, 1, 0}}));
  const auto ends = [](const Array& u) { return u(7, Slice{1, {}, {}}) - u(7, Slice{0, -1, {}}) * 0.5; };
  EXPECT_EQ(session.values<double>(ends(y)), session.values<double>(ends(session.persist(y))));
}

TEST(KeptResults, StepsWithoutRoomFollowOneAnotherInFewBuffers) {
  Array u = uniform({1000, 700}, 0, 1, {.seed = 9, .chunks = {250, 700}});  // 5.3 MiB
  for (int k = 0; k < 40; k++) u = step(close + 1, u);
  const Array total = sum(u);
  Session small(SessionOptions{.memory = 4 << 20, .threads = 1}), roomy;
  EXPECT_EQ(small.item<double>(total), roomy.item<double>(total));
  EXPECT_LE(small.statistics().peak_bytes, 4 << 20);
}

TEST(KeptResults, ThereAreTwoAtATime) {
  Session session(SessionOptions{.memory = 256_MiB, .threads = 1, .whole_process = false});
  Array u = normal({1 << 20}, 0, 1, {.chunks = {1 << 16}});
  for (int i = 0; i < 80; i++) u = step(0, u);
  session.compute({gather(sum(u))});
  const std::int64_t array = (std::int64_t{8} << 20) / session.size();
  // Two of them, the box that is fetched of one, tiles and messages.
  EXPECT_LT(session.statistics().peak_bytes, 4 * array + 36_MiB);
  EXPECT_GT(session.statistics().stages, 10);
}

TEST(KeptResults, ExplainSaysWhy) {
  Session session(SessionOptions{.memory = 256_MiB, .threads = 1, .whole_process = false});
  Array u = start(1), slow = sin(exp(sin(exp(sin(exp(start(0)))))));
  for (int i = 0; i < 6; i++) u = step(1, u);
  EXPECT_NE(session.explain({gather(sum(u))}).find("kept, because "), std::string::npos);
  const std::string twice = session.explain({gather(sum(slow - mean(slow)))});
  EXPECT_NE(twice.find("kept, because 2 stages use it"), std::string::npos) << twice;
  const std::string views = session.explain({gather(sum(slow - flip(slow)))});
  EXPECT_NE(views.find("kept, because 2 views use it"), std::string::npos) << views;
}

TEST(KeptResults, TheSmallestBudgetNamedIsEnough) {
  Array u = normal({1 << 20}, 0, 1, {.chunks = {1 << 16}});
  for (int i = 0; i < 120; i++) u = step(0, u);
  const auto with = [&](std::int64_t memory) {
    return make_plan({{sum(u).node(), PlanSink::Kind::gather}}, {2, 1, memory, 0});
  };
  try {
    with(1_MiB);
    ADD_FAILURE() << "120 steps in 1 MiB";
  } catch (const MemoryBudgetError& e) {
    const std::string text = e.what();
    const std::int64_t named = std::stoll(text.substr(text.find("option 'memory' ") + 16)) * 1_MiB;
    EXPECT_NO_THROW(with(named)) << text;
    EXPECT_THROW(with(named - 1_MiB), MemoryBudgetError) << text;
  }
}

}  // namespace
}  // namespace tessera::testing

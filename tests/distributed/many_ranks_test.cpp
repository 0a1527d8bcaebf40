// Plans for 10^5 ranks: every operator's takes less than 2 s of a processor, also where it is refused.
#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <string>
#include <tessera/distributed/plan/plan.hpp>

#include "counted.hpp"
#include "geometry.hpp"

namespace tessera::testing {
namespace {

constexpr int ranks = 100'000;
constexpr std::int64_t gib = std::int64_t{1} << 30;

struct Case {
  std::string name;
  Array array;
};

/// A case or more for every operator, of a file and of what is in memory in between.
std::vector<Case> cases() {
  const Array x = stored({1 << 20, 1 << 10}, {64, 1 << 10}), line = stored({std::int64_t{1} << 30}, {1 << 13});
  const Array held = max(x[newaxis], {.axis = {0}}), held_line = max(line[newaxis], {.axis = {0}});
  const Array places = astype(uniform({1 << 22}, 0, 1 << 20), DType::int64);
  const Unique u = unique(line, {.index = true, .inverse = true, .counts = true}, most_counted);
  return {{"map", x * 2.0 + 1.0},
          {"reduce", mean(x, {.axis = {0}})},
          {"twice", sum(x - mean(x, {.axis = {0}, .keepdims = true}))},
          {"rechunk", rechunk(held, {-1, 1})},
          {"reshape", reshape(held, {1 << 10, 1 << 20})},
          {"scan", cumulative_sum(line)},
          {"scan along rows", cumulative_sum(x, {.axis = 1})},
          {"median", median(x, {.axis = 0})},
          {"quantile", counted(quantile(line, {0.1, 0.9}))},
          {"sort of rows", sort(x, {.axis = 1})},
          {"sort", sort(line)},
          {"argsort in memory", argsort(held_line)},
          {"search", searchsorted(sort(uniform({1 << 16}, 0, 1)), line)},
          {"histogram", histogram(line, 100).counts},
          {"groups", group_mean(x, astype(uniform({1 << 20}, 0, 9), DType::int64), 9, {.axis = 0})},
          {"gather of a file", index(x, {places})},
          {"gather in memory", index(held, {places})},
          {"gather, used", sum(index(held, {places}), {.axis = {0}})},
          {"scatter", assign(x, {places}, 7)},
          {"mask", index(line, {line > 0.5}, most_counted)},
          {"product", matmul(held.T(), held)},
          {"filter", gaussian_filter(held, {2.0})},
          {"joined", sum(concat({x, x * 3.0}), {.axis = {0}})},
          {"unique", u.values},
          {"unique index", *u.index},
          {"unique inverse", *u.inverse},
          {"unique counts", *u.counts}};
}

// Seconds of this process, for what else the machine does is not the plan's.
double seconds_of(const std::function<void()>& f) {
  const std::clock_t begin = std::clock();
  f();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST(ManyRanks, EveryOperatorIsPlannedInTwoSeconds) {
  for (const Case& c : cases())
    for (const std::int64_t memory : {4 * gib, 256 * gib}) {
      std::string what = "planned";
      const double took = seconds_of([&] {
        try {
          static_cast<void>(to_string(make_plan({{c.array.node(), PlanSink::Kind::persist}}, {ranks, 2, memory, 0})));
        } catch (const MemoryBudgetError& e) {
          what = e.what();
        }
      });
      EXPECT_LT(took, 4 * slow) << c.name << " within " << memory / gib << " GiB: " << what;
    }
}

TEST(ManyRanks, AMillionChunksToAMillionArePlannedInASecond) {
  const Array held = max(stored({3000, 3000}, {3, 3})[newaxis], {.axis = {0}});
  for (const int some : {2, 1000}) {
    const double took = seconds_of([&] {
      const Plan plan = make_plan({{rechunk(held, {2, 4}).node(), PlanSink::Kind::persist}}, {some, 2, 4 * gib, 0});
      EXPECT_LT(to_string(plan).size(), 10'000u);
    });
    EXPECT_LT(took, 2 * slow) << some;
  }
}

}  // namespace
}  // namespace tessera::testing

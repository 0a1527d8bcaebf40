// Plans: pure, inside their limits, and as small for a million chunks as for ten.
#include <gtest/gtest.h>
#include <malloc.h>

#include <ctime>
#include <tessera/distributed/plan/plan.hpp>

#include "geometry.hpp"

namespace tessera::testing {
namespace {

constexpr std::int64_t mib = 1 << 20, plenty = std::int64_t{64} << 30;

Plan plan_of(const std::vector<Array>& arrays, int ranks, std::int64_t memory, int threads = 1,
             PlanSink::Kind kind = PlanSink::Kind::persist) {
  std::vector<PlanRequest> requests;
  for (const auto& a : arrays) requests.push_back({a.node(), kind});
  return make_plan(requests, {ranks, threads, memory, 0});
}

std::vector<std::vector<Array>> jobs() {
  const Array x = stored({256, 1024, 1024}, {8, 512, 512}), z = stored({1000, 999}, {77, 999});
  const Array resident = sqrt(x) + square(x);
  return {{mean(resident, {.axis = {0}})},
          {sum(x)},
          {std(x - mean(x, {.axis = {0}, .keepdims = true}))},
          {sum(x.T() + 1.0, {.axis = {0}}), max(x), mean(x, {.axis = {1, 2}})},
          {z * 2.0 + z},
          {z[{Slice{{}, {}, -3}, Slice{5, 900, 7}}].T() * 2.0},
          {sum(uniform({100000000}) < 0.5)},
          {var(z, {.axis = {1}}), any(z > 0.5)}};
}

TEST(Plans, ArePure) {
  for (const auto& job : jobs())
    for (int ranks : {1, 3, 64}) {
      const std::string text = to_string(plan_of(job, ranks, plenty, 2));
      EXPECT_EQ(text, to_string(plan_of(job, ranks, plenty, 2)));
      EXPECT_FALSE(text.empty());
    }
}

// The histograms of a quantile are no longer than what they count: they are cleared, summed over ranks and searched in each pass.
TEST(Plans, CountsOfQuantilesAreNotMoreThanElements) {
  const Array x = stored({1 << 20}, {1 << 12});
  const Plan many = plan_of({median(x)}, 64, plenty), one = plan_of({median(stored({1 << 28}, {1 << 20}))}, 2, plenty);
  EXPECT_LT(many.peak, 2 * mib);
  EXPECT_LT(many.stages[0].traffic.bytes_moved, 100 * mib);  // 5 sums of 16384 counts over 64 ranks
  EXPECT_NE(to_string(one).find("4 passes"), std::string::npos);
}

/// The smallest budget that would do, as the error says it.
std::int64_t named_budget(const MemoryBudgetError& e) {
  const std::string text = e.what(), option = "option 'memory' ";
  const auto at = text.find(option);
  if (at == std::string::npos) throw std::runtime_error("no budget is named: " + text);
  return std::stoll(text.substr(at + option.size())) * mib;
}

TEST(Plans, StayInsideTheirLimits) {
  for (const auto& job : jobs())
    for (int ranks : {1, 2, 5, 100})
      for (int threads : {1, 4})
        for (std::int64_t memory : {plenty, 512 * mib, 128 * mib, 32 * mib, 8 * mib, 2 * mib, mib / 4}) try {
            const Plan p = plan_of(job, ranks, memory, threads);
            EXPECT_LE(p.peak, memory);
            std::int64_t most = 0;
            for (const auto& s : p.stages) most = std::max(most, s.peak());
            EXPECT_EQ(p.peak, most);
          } catch (const MemoryBudgetError& e) {
            EXPECT_LT(memory, named_budget(e));
          }
}

TEST(Plans, ARefusalNamesTheSmallestBudgetThatWorks) {
  int refused = 0;
  for (const auto& job : jobs())
    for (int ranks : {1, 4})
      for (std::int64_t baseline : {std::int64_t{0}, 30 * mib}) {
        std::vector<PlanRequest> requests;
        for (const auto& a : job) requests.push_back({a.node(), PlanSink::Kind::persist});
        const auto with = [&](std::int64_t memory) {
          return make_plan(requests, {ranks, 2, memory - baseline, baseline});
        };
        try {
          with(baseline + 1000);
        } catch (const MemoryBudgetError& e) {
          refused++;
          const std::int64_t named = named_budget(e);
          EXPECT_NO_THROW(with(named)) << e.what();
          EXPECT_THROW(with(named - (baseline > 0 ? 2 : 1) * mib), MemoryBudgetError) << e.what();
        }
      }
  EXPECT_GT(refused, 8);
}

// Bytes that malloc has given out.
std::size_t allocated() {
  const auto m = mallinfo2();
  return m.uordblks + m.hblkhd;
}

TEST(Plans, GrowWithOperationsNotWithChunks) {
  const auto job = [](std::int64_t chunks) {
    const Array z = stored({chunks * 10, 30}, {10, 30}), y = zeros({chunks * 10, 30}, {.chunks = {10, 30}});
    return std::vector<Array>{sum(z + 1.0), mean(sqrt(z) * y, {.axis = {0}}),
                              max(z[{Slice{3, {}, {}}}].T() - 1.0, {.axis = {0}})};
  };
  const auto few = job(10), many = job(1000000);
  for (int ranks : {1, 2, 16}) {
    plan_of(many, ranks, plenty);  // kernels are compiled
    const std::size_t start = allocated();
    const Plan small = plan_of(few, ranks, plenty);
    const std::size_t middle = allocated();
    const std::clock_t begin = std::clock();
    const Plan p = plan_of(many, ranks, plenty);
    const double ms = static_cast<double>(std::clock() - begin) * 1000 / CLOCKS_PER_SEC;
    EXPECT_LT(allocated() - middle, 2 * (middle - start) + 10000) << "memory per chunk";
    EXPECT_LT(ms, slow * 10) << ranks << " ranks";
    EXPECT_GE(p.stages[0].traffic.chunks, 1000000);
  }
}

TEST(Plans, ManyRanksAreCheap) {
  const std::clock_t begin = std::clock();
  for (const auto& job : jobs()) plan_of(job, 4096, plenty);
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, slow);
}

TEST(Plans, ShareATraversalWhereTheyCan) {
  const Array x = stored({100, 100}, {10, 100});
  EXPECT_EQ(plan_of({mean(x), max(x), x + 1.0}, 2, plenty).stages.size(), 1u);
  EXPECT_EQ(plan_of({mean(x), max(x), x + 1.0}, 2, plenty).sources.size(), 1u);
  EXPECT_EQ(plan_of({x - mean(x)}, 2, plenty).stages.size(), 2u);
  EXPECT_EQ(plan_of({sum(abs(x - mean(x)))}, 2, plenty).stages.size(), 2u);
}

const TileOperator& tiles_of(const Stage& stage) { return std::get<TileOperator>(stage.op); }

std::string sharing(const std::vector<Array>& arrays) {
  std::string s;
  const Plan plan = plan_of(arrays, 2, plenty);
  for (const auto& o : tiles_of(plan.stages.at(0)).outputs) {
    const FoldOutput* f = o.fold();
    s += f && f->same_states ? "t" + std::to_string(*f->same_states) : f && f->pass ? std::to_string(*f->pass) : "-";
  }
  return s;
}

TEST(Plans, FoldTheSameElementsInOnePass) {
  const Array x = stored({100, 100}, {10, 100}), y = sqrt(x) + 1.0;
  EXPECT_EQ(sharing({sum(x), max(x)}), "00");
  EXPECT_EQ(sharing({sqrt(x), max(x), min(x), min(x, {.axis = {0}})}), "00--");
  EXPECT_EQ(sharing({nanmean(x), nansum(x), nanmax(x)}), "0t00");
  EXPECT_EQ(sharing({sum(y), max(x)}), "--");
  EXPECT_EQ(sharing({sum(y), max(y)}), "--") << "a program with scalars";
  EXPECT_EQ(sharing({sum(sqrt(x)), max(sqrt(x)), std(sqrt(x))}), "000");
  EXPECT_EQ(sharing({sum(x), sum(x[{Slice{{}, {}, -1}}])}), "--") << "other elements";

  const Array f = array_of(std::make_shared<Geometry>(ChunkGrid::regular({100, 100}, {10, 100}), DType::float32));
  EXPECT_EQ(sharing({mean(f), std(f), max(f)}), "222") << "what only reads leads";
  EXPECT_EQ(sharing({prod(f), min(f)}), "--");
  const Array c = array_of(std::make_shared<Geometry>(ChunkGrid::regular({100}, {10}), DType::complex128));
  EXPECT_EQ(sharing({sum(c), prod(c)}), "--");

  const std::vector<Array> ten = {min(x),    max(x),    mean(x),   std(x),  nanmin(x),
                                  nanmax(x), nansum(x), nanstd(x), prod(x), argmin(x)};
  EXPECT_EQ(sharing(ten), "0000000088") << "at most eight folds a pass";
}

TEST(Plans, CountWhatTheyRead) {
  const Array x = stored({1000, 100}, {10, 100});
  const auto read = [](const Plan& p) {
    std::int64_t n = 0;
    for (const auto& s : p.stages) n += s.traffic.bytes_read;
    return n;
  };
  EXPECT_EQ(read(plan_of({sum(x)}, 2, plenty)), 800000);
  EXPECT_EQ(read(plan_of({sum(x[{Slice{100, 200}}])}, 2, plenty)), 80000);
  EXPECT_EQ(read(plan_of({x - mean(x)}, 2, plenty)), 1600000);
  EXPECT_EQ(read(plan_of({x + x[{5}]}, 1, plenty)), 800000 + 100 * 800);  // the row once a tile
}

Key key_of(const std::vector<Array>& arrays, PlanSink::Kind kind = PlanSink::Kind::gather) {
  std::vector<PlanRequest> requests;
  std::vector<NodePtr> roots;
  for (const auto& a : arrays) requests.push_back({a.node(), kind}), roots.push_back(a.node());
  return plan_key(requests, topological_order(roots));
}

TEST(PlanKeys, LeaveOutValuesAndKeepStructure) {
  const Array x = stored({100}, {10}), y = uniform({100}, 0, 1, {.seed = 1, .chunks = {10}}),
              z = uniform({100}, 0, 1, {.seed = 2, .chunks = {10}});
  EXPECT_EQ(key_of({x * 2.0}), key_of({x * 3.0}));
  EXPECT_EQ(key_of({y + 1.0}), key_of({z + 1.0}));
  EXPECT_NE(key_of({y * 2.0 + y * 2.0}), key_of({y * 2.0 + y * 3.0}));
  EXPECT_NE(key_of({y + y}), key_of({y + z}));
  EXPECT_NE(key_of({x}), key_of({y}));
  EXPECT_NE(key_of({y}), key_of({y, y}));
  EXPECT_NE(key_of({y}), key_of({y}, PlanSink::Kind::persist));
  EXPECT_NE(key_of({sum(y)}), key_of({max(y)}));
  EXPECT_NE(key_of({var(y)}), key_of({var(y, {.correction = 1})}));
  EXPECT_NE(key_of({y[{Slice{1, {}, {}}}]}), key_of({y[{Slice{{}, -1, {}}}]}));
}

// Rebinding a plan to another expression of one structure is the same as planning that.
TEST(PlanKeys, RebindGivesThePlanOfTheOther) {
  const auto job = [](double a, double b, std::uint64_t seed) {
    const Array x = uniform({1000}, 0, 1, {.seed = seed, .chunks = {100}}), c = full({1000}, a, {}, {100});
    return (x * a + (c + 1.0) * b) - sum(x * b, {.axis = {0}, .keepdims = true});
  };
  const Array one = job(2, 3, 1), two = job(5, 7, 9);
  ASSERT_EQ(key_of({one}), key_of({two}));
  Plan p = plan_of({one}, 2, plenty), want = plan_of({two}, 2, plenty);
  rebind(p, topological_order({two.node()}));
  ASSERT_EQ(p.stages.size(), want.stages.size());
  const auto same = [](const PlanProgram& a, const PlanProgram& b) {
    ASSERT_EQ(a.scalars.size(), b.scalars.size());
    for (std::size_t i = 0; i < a.scalars.size(); i++)
      EXPECT_EQ(std::memcmp(a.scalars[i].bytes, b.scalars[i].bytes, 16), 0) << to_string(a.program);
  };
  for (std::size_t s = 0; s < p.stages.size(); s++) {
    const TileOperator &got = tiles_of(p.stages[s]), &wanted = tiles_of(want.stages[s]);
    for (std::size_t o = 0; o < got.outputs.size(); o++) {
      same(got.outputs[o].program, wanted.outputs[o].program);
      if (const FoldOutput* f = got.outputs[o].fold()) same(f->epilogue, wanted.outputs[o].fold()->epilogue);
    }
    for (std::size_t v = 0; v < got.values.size(); v++)
      if (const auto* computed = got.values[v].as<ComputedValue>())
        same(computed->program, wanted.values[v].as<ComputedValue>()->program);
  }
  for (std::size_t s = 0; s < p.sources.size(); s++)
    EXPECT_EQ(p.sources[s].node->identity(), want.sources[s].node->identity());
}

}  // namespace
}  // namespace tessera::testing

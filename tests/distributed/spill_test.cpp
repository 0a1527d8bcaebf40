// Arrays that must be whole before others read them and have no room in memory: scratch files have them. Against the same in a
// session with room, whose bits they have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <tessera/tessera.hpp>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;

class Spills : public ::testing::Test {
 protected:
  Session free{SessionOptions{.threads = 1, .whole_process = false}};
  const SharedFolder folder{free.communicator()};
  const std::string scratch = folder.file("scratch");
  // Of 2 MiB a rank, in ragged chunks, all of few values and of many.
  const std::int64_t n = 262144 * free.size() + 17;
  const Array few = integers({n}, 0, 1000, {.seed = 1, .chunks = {30000}});
  const Array many = uniform({n}, -1, 1, {.seed = 2, .chunks = {30000}});

  std::int64_t memory = 1792 << 10;

  Spills() {
    if (free.rank() == 0) fs::create_directory(scratch);
    free.communicator().barrier();
  }
  SessionOptions small(const std::string& where) const {
    return {.memory = memory, .threads = 1, .whole_process = false, .scratch = where};
  }

  /// make(session): sinks of what it computes there; the first is compared.
  template <class Make>
  void expect_spilled(const char* what, const Make& make) {
    SCOPED_TRACE(what);
    const std::string out = folder.file("y.h5:/y");
    const auto values = [&](Session& s) {
      std::int64_t spilled = 0, peak = 0;
      const auto add = [&] {
        spilled += s.statistics().scratch_bytes, peak = std::max(peak, s.statistics().peak_bytes);
      };
      const Array made = make(s);  // which counts, maybe
      add();
      s.compute({write(made, out)}, {.force = true});
      add();
      return std::tuple{free.values<double>(astype(free.open(out), DType::float64)), spilled, peak};
    };
    {
      Session none(small("none"));
      EXPECT_THROW(none.compute({write(make(none), out)}, {.force = true}), MemoryBudgetError);
    }
    Session spilling(small(scratch));
    const auto [expected, nothing, much] = values(free);
    const auto [got, spilled, peak] = values(spilling);
    EXPECT_EQ(got, expected);
    EXPECT_GT(spilled, 0);
    EXPECT_LE(peak, small(scratch).memory);
    EXPECT_TRUE(fs::is_empty(scratch));
  }
};

TEST_F(Spills, WhatIsSortedBeforeOthersReadIt) {
  expect_spilled("unique", [&](Session& s) { return unique(s, many).values; });
  expect_spilled("counts", [&](Session& s) { return *unique(s, few, {.counts = true}).counts; });
  expect_spilled("ranks of elements", [&](Session&) { return argsort(argsort(many)); });
  expect_spilled("differences", [&](Session&) { return diff(sort(many)) * 2.0; });
}

// From a file, by indices that have no room; a gather takes some MiB at least.
TEST_F(Spills, WhatIsGatheredByIt) {
  memory = 6 << 20;
  const std::int64_t rows = 16384 * free.size() + 5;
  const std::string in = folder.file("x.h5:/x"), line = folder.file("v.h5:/v");
  free.compute({write(uniform({rows, 64}, -1, 1, {.seed = 4, .chunks = {500, 64}}), in)});
  free.compute({write(uniform({rows * 64}, -1, 1, {.seed = 5, .chunks = {30000}}), line)});
  expect_spilled("permuted", [&](Session& s) {
    return take(s.open(line), argsort(uniform({rows * 64}, 0, 1, {.seed = 6, .chunks = {30000}})), 0);
  });
  expect_spilled("in order", [&](Session& s) {
    const Array x = s.open(in);
    return take_along_axis(x, argsort(x, {.axis = 1}), 1) + 1.0;
  });
}

// No rank holds the sorted elements, in memory or in a file: what is looked for is sorted with them.
TEST_F(Spills, WhatIsSearchedIn) {
  const Array sorted = sort(many), edge = array(std::vector{-1.0, -0.0, 0.0, 1.0, std::nan(""), std::nan("")}, {6});
  const Array looked_for =
      reshape(concat({few / 500.0 - 1.0, edge, many[{Slice{0, {}, 7}}]}, 0)[{Slice{0, 80000}}], {400, 200});
  expect_spilled("before equals", [&](Session&) { return searchsorted(sorted, many); });
  expect_spilled("behind equals", [&](Session&) {
    return searchsorted(sort(few), few[{Slice{{}, {}, -1}}], Side::right);
  });
  expect_spilled("of two axes", [&](Session&) { return searchsorted(sorted, looked_for) + 1; });
  expect_spilled("inverse", [&](Session& s) { return *unique(s, many, {.inverse = true}).inverse; });
  expect_spilled("in a set", [&](Session&) { return isin(looked_for, many); });
}

TEST_F(Spills, WhatAMaskSelects) {
  expect_spilled("nonzero", [&](Session& s) { return flatnonzero(s, few > 3) * 2; });
  expect_spilled("selected and sorted", [&](Session& s) { return diff(sort(compress(s, many > -0.9, many))); });
}

TEST_F(Spills, WhatIsCountedIsMadeOnce) {
  Session s(small(scratch));
  const Unique u = unique(s, few, {.counts = true});
  EXPECT_GT(s.statistics().scratch_bytes, 0);
  s.compute({gather(u.values), gather(*u.counts)});
  EXPECT_EQ(s.statistics().scratch_bytes, 0);  // of the count's file, which is there
  EXPECT_GT(s.statistics().bytes_read, 0);
}

TEST_F(Spills, ExplainSaysSo) {
  const Session s(small(scratch));
  const std::string text = s.explain({write(diff(sort(many)), folder.file("y.h5:/y"))});
  EXPECT_NE(text.find("has no room in memory, goes to a scratch file"), std::string::npos) << text;
  EXPECT_NE(text.find("then\n"), std::string::npos) << text;
}

// The refusal without scratch files names them.
TEST_F(Spills, ARefusalSaysThatScratchFilesHelp) {
  Session none(small("none"));
  const std::vector<Sink> sinks{write(diff(sort(many)), folder.file("y.h5:/y"))};
  const auto refusal = [](const auto& f) {
    try {
      f();
    } catch (const MemoryBudgetError& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  const auto advice = ::testing::HasSubstr("option 'scratch'");
  EXPECT_THAT(refusal([&] { none.explain(sinks); }), advice);
  EXPECT_THAT(refusal([&] { none.compute(sinks); }), advice);
  EXPECT_THAT(refusal([&] { none.persist(uniform({n * 2})); }), ::testing::Not(advice));
}

// What is asked for in memory itself is refused as before, and so is what scratch files have no room for.
TEST_F(Spills, DoesNotHelpEverything) {
  Session s(small(scratch));
  EXPECT_THROW(s.persist(diff(sort(many))), MemoryBudgetError);
  SessionOptions little = small(scratch);
  little.scratch_bytes = 1 << 20;
  EXPECT_THROW(Session(little).compute({write(diff(sort(many)), folder.file("y.h5:/y"))}), MemoryBudgetError);
  EXPECT_FALSE(fs::exists(folder.file("y.h5")));
  EXPECT_EQ(s.item<double>(max(many)), free.item<double>(max(many)));
}

}  // namespace
}  // namespace tessera::testing

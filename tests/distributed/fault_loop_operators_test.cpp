// Each operator that does more than walk tiles, whose calls fail one after another.
#include "counted.hpp"
#include "fault_loop.hpp"

namespace tessera::testing {
namespace {

// Along chunks of several ranks, to a file: two walks, and the totals of chunks between them; and across them.
TEST_P(FaultLoop, Scan) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const auto r = compute({write(cumulative_sum(x * 2.0, {.axis = 0}), path("y.h5:/y")),
                                gather(max(cumulative_sum(x, {.axis = 1})))});
        return Numbers{r[1].item<double>()};
      },
      "scan", true);
}

// Passes over a file, with sums over ranks between them; and columns that come together from all of its chunks.
TEST_P(FaultLoop, Select) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const auto r =
            compute({gather(counted(quantile(x * 2.0, {0.25, 0.75}))), write(median(x, {.axis = 0}), path("y.h5:/y")),
                     gather(max(median(x + 1.0, {.axis = 1})))});
        const auto q = r[0].values<double>();
        return Numbers{q[0], q[1], r[2].item<double>()};
      },
      "select", true);
}

// By all ranks, to a file; of whole rows; of a few.
TEST_P(FaultLoop, Sort) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x")), columns = x[{Slice{}, Slice{0, 2}}];
        const auto r = compute({write(sort(columns * 2.0, {.axis = 0}), path("y.h5:/y")),
                                gather(max(argsort(x, {.axis = 1}))), gather(sum(topk(columns, 2, 0)))});
        return Numbers{r[1].item<double>(), r[2].item<double>()};
      },
      "sort", true);
}
// Who catches an error that all ranks have agreed on goes on alike on all of them, also without memory for its words.
TEST(Agreement, ThrowsErrorsOfOneClassWithoutMemory) {
  const auto comm = world_communicator();
  const MemoryBudgetError error("words that are too many for a string that takes no memory of its own");
  for (long n = 0; n < 6; n++) {
    bool another = false;
    {
      const Fault fault(FaultKind::allocation, n, comm->rank() == 0);
      const Fault::Armed armed;
      try {
        comm->agree(&error);
      } catch (const MemoryBudgetError&) {
      } catch (...) {
        another = true;
      }
    }
    EXPECT_FALSE(another) << "allocation " << n;
  }
}

// By a session of its own.
std::vector<double> computed(const SessionOptions& options, const std::vector<Sink>& sinks) {
  Session session(options);
  const Fault::Armed armed;
  session.compute(sinks);
  return {};
}
// Of what no rank can hold, through scratch files.
TEST_P(FaultLoop, SortThroughScratch) {
  const std::vector<Sink> sinks{write(sort(uniform({40000 * comm.size()}, 0, 1, {.chunks = {9000}})), path("y.h5:/y"))};
  const SessionOptions small{.memory = 768 << 10, .threads = 1, .scratch = "/tmp", .scratch_bytes = 1 << 20};
  EXPECT_NE(Session(small).explain(sinks).find("written to scratch files"), std::string::npos);
  expect_loops([&] { return computed(small, sinks); }, "sort through scratch", true);
}
// What is sorted before others read it, in a file that all ranks share.
TEST_P(FaultLoop, Spill) {
  if (samples() < 1000 && (comm.size() > 2 || (comm.size() == 2 && GetParam() == FaultKind::allocation)))
    GTEST_SKIP() << "minutes: in the long run";
  const Array x = uniform({60000 * comm.size()}, 0, 1, {.chunks = {9000}});
  const std::vector<Sink> sinks{write(diff(sort(x)), path("y.h5:/y"))};
  const SessionOptions small{.memory = 640 << 10, .threads = 1, .scratch = "/tmp", .scratch_bytes = 4 << 20};
  EXPECT_NE(Session(small).explain(sinks).find("goes to a scratch file"), std::string::npos);
  expect_loops([&] { return computed(small, sinks); }, "spill", true);
}
// Compressed chunks that several blocks have a part of, through scratch files.
TEST_P(FaultLoop, CopyThroughScratch) {
  const SharedFolder other(comm);
  const std::string source = other.file("z.h5:/z");
  Sink packed = write(floor(uniform({32, 4096}, 0, 50, {.seed = 3})), source);
  packed.chunks = {2, 4096}, packed.compress = "gzip:1";
  session.compute(packed);
  const SessionOptions small{.memory = 1750 << 10, .threads = 1, .scratch = "/tmp", .scratch_bytes = 4 << 20};
  const auto copied = [&](const Array& x) {
    Sink s = write(x, path("y.h5:/y"));
    s.chunks = {32, 512}, s.compress = "gzip:1";
    return std::vector<Sink>{s};
  };
  {
    Session through(small);
    EXPECT_NE(through.explain(copied(through.open(source))).find("from a scratch file"), std::string::npos);
  }
  expect_loops(
      [&] {
        Session through(small);
        const auto opened = [&] {
          const Fault::Armed armed;
          return through.open(source);
        };
        const std::vector<Sink> sinks = copied(opened());
        const Fault::Armed armed;
        through.compute(sinks);
        return Numbers{};
      },
      "copy through scratch", true);
}
// Of a file; and of what is in memory on several ranks.
TEST_P(FaultLoop, Stencil) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const auto r = compute({write(uniform_filter(x * 2.0, {3, 1}, {.mode = {"wrap"}}), path("y.h5:/y")),
                                gather(max(gaussian_filter(cumulative_sum(x, {.axis = 0}), {1, 0}))),
                                gather(uniform_filter(cumulative_sum(x, {.axis = 0}), {3}))});
        return Numbers{r[1].item<double>(), r[2].values<double>()[0]};
      },
      "stencil", true);
}

// Of a file and of what is in memory on several ranks, to a file; and sums that ranks share.
TEST_P(FaultLoop, Product) {
  const Array tall = session.persist(uniform({6000, 5}, 0, 1, {.seed = 2}));
  EXPECT_NE(session.explain({gather(matmul(tall.T(), tall))}).find("in 2 segments"), std::string::npos);
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array kept = compute({persist(x * 2.0)})[0].array();
        const auto r =
            compute({write(matmul(x, kept.T()), path("y.h5:/y")), gather(sum(matmul(tall.T(), tall + 1.0)))});
        return Numbers{r[1].item<double>()};
      },
      "product", true);
}
// Of a file that has no room as a whole: panel after panel.
TEST_P(FaultLoop, ProductInPanels) {
  const SharedFolder other(comm);
  const std::string source = other.file("z.h5:/z");
  session.compute(write(floor(uniform({64, 8192 * comm.size()}, 0, 9, {.seed = 3})), source,
                        {.chunks = {64, 1024}, .compress = "gzip:1"}));
  const SessionOptions small{.memory = 12 << 20, .threads = 2};
  const auto squared = [&](const Array& z) { return std::vector<Sink>{write(matmul(z, z.T()), path("y.h5:/y"))}; };
  {
    Session through(small);
    EXPECT_EQ(through.explain(squared(through.open(source))).find("steps    1:"), std::string::npos);
  }
  expect_loops(
      [&] {
        Session through(small);
        const auto opened = [&] {
          const Fault::Armed armed;
          return through.open(source);
        };
        const std::vector<Sink> sinks = squared(opened());
        const Fault::Armed armed;
        through.compute(sinks);
        return Numbers{};
      },
      "product in panels", true);
}
// Bins whose edges come from the elements; means of a file to a file; and of what is in memory on several ranks.
TEST_P(FaultLoop, Groups) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array rows = arange(24) % 5 - 1, columns = astype(floor(x[0] * 7.0), DType::int64);
        const auto r = compute({write(group_mean(x * 2.0, rows, 4, {.axis = 0}), path("y.h5:/y")),
                                gather(max(histogram(x, 6).counts)),
                                gather(sum(group_var(cumulative_sum(x, {.axis = 0}), columns, 7, {.axis = 1})[0]))});
        return Numbers{r[1].item<double>()};
      },
      "groups", true);
}
// In bands, to a file; with about the least memory that is enough.
TEST_P(FaultLoop, GroupsInBands) {
  constexpr std::int64_t n = 30'000;
  const Array x = uniform({n}, 0, 1, {.seed = 2, .chunks = {n / 2}});
  const Sink sums = write(group_sum(x, arange(n) * std::int64_t{7919} % n, n), path("y.h5:/y"));
  SessionOptions small{.memory = 256 << 10, .threads = 1};
  const auto explained = [&] {
    try {
      return Session(small).explain({sums});
    } catch (const MemoryBudgetError&) {
      return std::string();
    }
  };
  std::string plan = explained();
  for (; plan.empty(); plan = explained()) small.memory = small.memory * 5 / 4;
  EXPECT_NE(plan.find(" walks, for "), std::string::npos) << plan;
  expect_loops(
      [&] {
        Session session_of_bands(small);
        const auto opened = [&, source = path("x.h5:/x")] {
          const Fault::Armed armed;
          return session_of_bands.open(source);
        };
        const std::vector<Sink> sinks{sums, gather(max(opened()))};
        const auto results = [&] {
          const Fault::Armed armed;
          return session_of_bands.compute(sinks);
        };
        return Numbers{results()[1].item<double>()};
      },
      "groups in bands", true);
}
TEST_P(FaultLoop, Rolling) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const auto r =
            compute({write(rolling_mean(x, 7, {.axis = 0, .min_count = 1}), path("y.h5:/y")),
                     gather(max(rolling_max(cumulative_sum(x, {.axis = 0}), 3, {.axis = 1, .min_count = 1})))});
        return Numbers{r[1].item<double>()};
      },
      "rolling", true);
}

// Of a file, to a file; of what is in memory on several ranks, with halos; of rows.
TEST_P(FaultLoop, Calls) {
  const auto copied = [](BlockView<const double> in, BlockView<double> out) {
    for (std::int64_t i = 0; i < out.extent(0); i++)
      for (std::int64_t j = 0; j < out.extent(1); j++) out(i, j) = in(i, j);
  };
  const auto middle = [](BlockView<const double> row) { return row[row.size() / 2]; };
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array y = map([](double v) { return 2 * v; }, x, {.name = "twice"});
        const Array before = map_overlap(copied, cumulative_sum(x, {.axis = 0}), {3, 1}, {.name = "before"});
        const auto r = compute({write(map_blocks(copied, y, {.name = "copied"}), path("y.h5:/y")), gather(max(before)),
                                gather(sum(apply_along_axis(middle, 0, x * 3.0, {.name = "middle"})))});
        return Numbers{r[1].item<double>(), r[2].item<double>()};
      },
      "calls", true);
}

// From a file to a file; and of what is in memory on several ranks.
TEST_P(FaultLoop, Gather) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array at = arange(0, 40, 1, DType::int64, {7}) * 5 % x.shape()[0];
        const auto r = compute({write(index(x, {at}), path("y.h5:/y")), gather(sum(index(x * 2.0, {-at}))),
                                gather(max(index(x, {at}) - 1.0))});
        return Numbers{r[1].item<double>(), r[2].item<double>()};
      },
      "gather", true);
}

// Values that other ranks make.
TEST_P(FaultLoop, Scatter) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array at = arange(0, 40, 1, DType::int64, {7}) * 5 % x.shape()[0];
        const auto r = compute({write(assign(x, {at}, 3.0), path("y.h5:/y"))});
        return Numbers{};
      },
      "scatter", true);
}

// Counted first; then what is selected goes to a file.
TEST_P(FaultLoop, Mask) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array y = index(x, {x > 0.5},
                              [&](const Array& counts) { return compute({gather(counts)})[0].values<std::int64_t>(); });
        const auto r = compute({write(y, path("y.h5:/y")), gather(sum(y))});
        return Numbers{r[1].item<double>()};
      },
      "mask", true);
}

TEST_P(FaultLoop, Redistributed) {
  expect_loops(
      [&] {
        const Array kept = compute({persist(open(path("x.h5:/x")))})[0].array();
        const Array columns = rechunk(kept, {24, 3});
        const auto r = compute({gather(max(columns * 2.0 - rechunk(kept.T(), {3, 24}).T())), persist(columns)});
        return Numbers{r[0].item<double>()};
      },
      "redistributed", false);
}

// From a file, from memory of several ranks, and a diagonal of it.
TEST_P(FaultLoop, Reshaped) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array kept = compute({persist(x)})[0].array();
        const auto r = compute({gather(max(reshape(kept * 2.0, {-1, 8}) - reshape(x, {-1, 8}))),
                                persist(reshape(kept, {8, -1})), gather(trace(kept))});
        return Numbers{r[0].item<double>(), r[2].item<double>()};
      },
      "reshaped", false);
}

// Of what is in memory on several ranks, which all get a copy of it; to a file.
TEST_P(FaultLoop, Search) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array sorted = sort(x[{Slice{}, 3}]);
        const auto r = compute({write(searchsorted(sorted, x), path("y.h5:/y")), gather(sum(isin(x, x[{4}])))});
        return Numbers{r[1].item<double>()};
      },
      "search", true);
}
// Sorted and counted; then the values and how often they occur.
TEST_P(FaultLoop, Unique) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const CountMask count = [&](const Array& counts) {
          return compute({gather(counts)})[0].values<std::int64_t>();
        };
        const Unique u = unique(floor(x * 9.0), {.inverse = true, .counts = true}, count);
        const auto r = compute({write(*u.counts, path("y.h5:/y")), gather(sum(u.values)), gather(sum(*u.inverse))});
        return Numbers{r[1].item<double>(), r[2].item<double>()};
      },
      "unique", true);
}

}  // namespace
}  // namespace tessera::testing

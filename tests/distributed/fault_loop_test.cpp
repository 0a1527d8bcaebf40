// Every read, write, flush and allocation of a whole job fails once, one after another, on one rank: N = 0, 1, 2, ...
// until nothing fails any more. Each time all ranks throw the same error, which names the rank; nothing is left under
// the target's name or a temporary one; the inputs are as they were; and the session does the same job right after.
//
// Of the thousands of allocations a sample; TESSERA_FAULTS=1000000 takes all.
#include "counted.hpp"
#include "faults.hpp"
#include "rank_prefix.hpp"
#include "shared_folder.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <string>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/watchdog.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;

long samples() {
  const char* text = std::getenv("TESSERA_FAULTS");
  return text ? std::atol(text) : 0;
}

class FaultLoop : public ::testing::TestWithParam<FaultKind> {
 protected:
  using Numbers = std::vector<double>;

  Session session{SessionOptions{.memory = std::int64_t{16} << 20, .threads = 2}};
  Communicator& comm = session.communicator();
  SharedFolder folder{comm};
  std::string input;
  // A rank that threw alone leaves the others waiting for ever.
  Watchdog dog{30,
               [](const Stall& s) {
                 std::fprintf(stderr, "%s\n", to_string(s).c_str());
                 abort_program(1);
               },
               comm.rank()};

  void SetUp() override {
    session.compute(write_chunked(uniform({24, 40}, 0, 1, {.chunks = {5, 40}}), "x.h5:/x"));
    input = bytes_of("x.h5");
  }
  std::string path(const std::string& name) const { return folder.file(name); }
  std::string bytes_of(const std::string& name) const { return folder.bytes(name); }
  Sink write_chunked(const Array& x, const std::string& target) const {
    Sink s = write(x, path(target));
    s.chunks = {5, 40};
    return s;
  }

  // What may fail: everything inside of the session, nothing of the test.
  Array open(const std::string& source) {
    const Fault::Armed armed;
    return session.open(source);
  }
  std::vector<Result> compute(const std::vector<Sink>& sinks) {
    const Fault::Armed armed;
    return session.compute(sinks);
  }

  struct Outcome {
    std::string error;  ///< "" when the job went well, else what it threw
    Numbers numbers;
    bool operator==(const Outcome&) const = default;
  };
  /// The same on all ranks, or a failure of the test.
  Outcome outcome(const std::function<Numbers()>& job) {
    Outcome o;
    try {
      o.numbers = job();
    } catch (const Error& e) {
      o.error = e.what();
      if (o.error.empty()) o.error = "an error without words";
    } catch (const std::exception& e) {
      o.error = std::string("not an error of Tessera: ") + e.what();
      ADD_FAILURE() << o.error;
    }
    std::string of_first = o.error;
    comm.broadcast(of_first, 0);
    EXPECT_EQ(o.error, of_first) << "the ranks ended differently";
    return o;
  }
  /// What they lead to, so that one that stays open has a name.
  static std::multiset<std::string> open_descriptors() {
    std::multiset<std::string> all;
    std::error_code gone;  // the one that lists them
    for (const auto& entry : fs::directory_iterator("/proc/self/fd"))
      all.insert(fs::read_symlink(entry, gone).string());
    return all;
  }
  bool anywhere(bool here) {
    std::byte mine{here};
    std::vector<std::byte> all(static_cast<std::size_t>(comm.size()));
    comm.allgather(&mine, all.data(), 1);
    for (auto b : all) here = here || b != std::byte{0};
    return here;
  }

  /// On rank 0: what a job left behind. `right`: what it leaves when all goes well.
  void check_files(const Outcome& o, const std::string& right, const std::string& what) {
    if (comm.rank() != 0) return;
    const bool there = fs::exists(path("y.h5"));
    int others = 0;
    for (const auto& entry : fs::directory_iterator(folder.path()))
      others += entry.path().filename() != "x.h5" && entry.path().filename() != "y.h5";
    EXPECT_EQ(others, 0) << what << ": something is left in the folder";
    EXPECT_EQ(bytes_of("x.h5"), input) << what << ": the input has changed";
    // The folder's own flush fails when all is in place.
    if (there && !o.error.empty()) {
      EXPECT_EQ(GetParam(), FaultKind::flush) << what << ": failed, and the target is there";
    }
    if (there || o.error.empty()) {
      EXPECT_EQ(bytes_of("y.h5"), right) << what << ": not the file that it should be";
    }
    fs::remove(path("y.h5"));
  }

  /// returns: how many calls failed before nothing did.
  long loop(const std::string& name, int failing_rank, const std::function<Numbers()>& job) {
    const Watchdog::Watch watch(dog);
    const Outcome good = outcome(job);
    EXPECT_EQ(good.error, "");
    const std::string right = bytes_of("y.h5");
    const std::multiset<std::string> descriptors = open_descriptors();
    comm.barrier();
    check_files(good, right, name);
    for (long n = 0, failed = 0;; n += step(n)) {
      const std::string what = name + ", call " + std::to_string(n) + " of rank " + std::to_string(failing_rank);
      dog.stage(what);
      Outcome o;
      bool fired = false;
      {
        const Fault fault(GetParam(), n, comm.rank() == failing_rank);
        o = outcome(job);
        fired = anywhere(Fault::fired);
      }
      check_files(o, right, what + " (" + o.error + ")");
      // What is only advice, or tried again, may fail without harm.
      if (o.error.empty()) {
        EXPECT_EQ(o, good) << what;
      }
      if (!o.error.empty() && comm.size() > 1) {
        EXPECT_TRUE(o.error.starts_with(test_support::rank_prefix(failing_rank))) << what << ": " << o.error;
      }
      if (!fired) {
        EXPECT_EQ(o.error, "") << what << ": nothing failed";
        if (comm.rank() == 0)
          std::printf("%s: %ld of %ld calls of rank %d failed\n", name.c_str(), failed, n, failing_rank);
        return failed;
      }
      failed += !o.error.empty();
      const Outcome after = outcome(job);
      EXPECT_EQ(after.error, "") << what << ": the session is not what it was";
      EXPECT_EQ(after, good) << what;
      check_files(after, right, what + ", the run after");
      EXPECT_EQ(open_descriptors(), descriptors) << what << ": a file stays open";
      if (anywhere(HasFailure())) {
        if (comm.rank() == 0) ADD_FAILURE() << "stopped at " << what << ": " << o.error;
        return failed;
      }
    }
  }
  static long step(long n) {
    if (GetParam() != FaultKind::allocation || n < samples()) return 1;
    return n < 10 ? 1 : 23;
  }

  void expect_loops(const std::function<Numbers()>& job, const char* name, bool writes) {
    for (const int rank : {0, comm.size() - 1}) {
      const long n = loop(name, rank, job);
      // The last rank may own nothing that is written, but it always reads and allocates.
      const bool must = GetParam() == FaultKind::allocation || GetParam() == FaultKind::read || rank == 0;
      if (must && (writes || (GetParam() != FaultKind::write && GetParam() != FaultKind::flush))) {
        EXPECT_GT(n, 0) << name;
      }
      if (comm.size() == 1) break;
    }
  }
};

TEST_P(FaultLoop, Eval) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const auto r = compute({write(mean(sqrt(x) + x * x, {.axis = {0}}), path("y.h5:/y")), gather(max(x))});
        return Numbers{r[1].item<double>()};
      },
      "eval", true);
}
TEST_P(FaultLoop, Copy) {
  expect_loops(
      [&] {
        compute({write_chunked(astype(open(path("x.h5:/x")), DType::float32), "y.h5:/y")});
        return Numbers{};
      },
      "copy", true);
}
TEST_P(FaultLoop, CopyCompressed) {
  expect_loops(
      [&] {
        Sink y = write_chunked(astype(open(path("x.h5:/x")), DType::float32), "y.h5:/y");
        y.compress = "gzip:4";
        compute({y});
        return Numbers{};
      },
      "copy compressed", true);
}
// In blocks of whole columns: all workers read one, then write it.
TEST_P(FaultLoop, RowsToColumns) {
  const auto columns = [&] {
    Sink y = write(open(path("x.h5:/x")), path("y.h5:/y"));
    y.chunks = {24, 2};
    y.compress = "gzip:1";
    return y;
  };
  EXPECT_NE(session.explain({columns()}).find("    blocks   "), std::string::npos);
  expect_loops(
      [&] {
        compute({columns()});
        return Numbers{};
      },
      "rows to columns", true);
}
TEST_P(FaultLoop, Stats) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        Numbers numbers;
        for (const auto& r : compute({gather(sum(astype(isnan(x), DType::int64))), gather(min(x)), gather(max(x)),
                                      gather(mean(x)), gather(std(x))}))
          numbers.push_back(r.item<double>());
        return numbers;
      },
      "stats", false);
}
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
// From a file to a file; and of what is in memory on several ranks.
TEST_P(FaultLoop, Gather) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array at = arange(0, 40, 1, DType::int64, {7}) * 5 % x.shape()[0];
        const auto r = compute({write(index(x, {at}), path("y.h5:/y")), gather(sum(index(x * 2.0, {-at})))});
        return Numbers{r[1].item<double>()};
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
// What the commands seldom do: results in memory, pieces that other ranks have, a gather that is too large for all.
TEST_P(FaultLoop, Resident) {
  expect_loops(
      [&] {
        const Array x = open(path("x.h5:/x"));
        const Array kept = compute({persist(x + 1.0)})[0].array();
        const Array tall = arange(0, 20000, 1, DType::float64, {3000});
        const auto r = compute({gather(sum(kept.T() - mean(kept, {.axis = {1}}), {.axis = {1}})), gather(tall * 2.0)});
        Numbers numbers = r[0].values<double>();
        numbers.push_back(r[1].values<double>()[19999]);
        return numbers;
      },
      "resident", false);
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

// Between files of rows and of columns neither side is read or written by the element: the calls are counted.
TEST(FileWalk, MovesWholeRuns) {
  constexpr std::int64_t rows = 600, columns = 512;
  Session s(SessionOptions{.memory = std::int64_t{1} << 30, .threads = 2, .whole_process = false});
  std::string folder = (fs::temp_directory_path() / ("tessera-walk-" + std::to_string(getpid()))).string();
  s.communicator().broadcast(folder, 0);
  if (s.rank() == 0) fs::create_directories(folder);
  s.communicator().barrier();
  const auto copy = [&](const Array& x, const std::string& to, const Dims& chunks) {
    Sink sink = write(x, folder + "/" + to);
    sink.chunks = chunks;
    s.compute(sink);
    return s.open(folder + "/" + to);
  };
  const auto calls = [&](FaultKind kind, const std::function<void()>& job) {
    constexpr long plenty = 1L << 40;
    const Fault counted(kind, plenty, true);
    const Fault::Armed armed;
    job();
    const long mine = plenty - Fault::countdown;
    std::vector<long> all(static_cast<std::size_t>(s.size()));
    s.communicator().allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(all.data()),
                               sizeof mine);
    return std::accumulate(all.begin(), all.end(), 0L);
  };
  const Array x = uniform({rows, columns}, 0, 1, {.seed = 4});
  const Array by_rows = copy(x, "rows.h5:/x", {1, columns});
  // A chunk in one call, and some for the file; a piece of a row for each of the ranks' blocks.
  EXPECT_LT(calls(FaultKind::write, [&] { copy(by_rows, "c.h5:/x", {rows, 1}); }), 4 * columns);
  EXPECT_LT(calls(FaultKind::read, [&] { copy(by_rows, "d.h5:/x", {rows, 1}); }), 8 * rows);
  const Array by_columns = s.open(folder + "/c.h5:/x");
  EXPECT_LT(calls(FaultKind::write, [&] { copy(by_columns, "e.h5:/x", {1, columns}); }), 8 * rows);
  EXPECT_TRUE(s.item<bool>(all(s.open(folder + "/e.h5:/x") == x)));
  s.communicator().barrier();
  if (s.rank() == 0) fs::remove_all(folder);
}

std::string kind_name(const ::testing::TestParamInfo<FaultKind>& kind) {
  switch (kind.param) {
    case FaultKind::read:
      return "Read";
    case FaultKind::write:
      return "Write";
    case FaultKind::flush:
      return "Flush";
    case FaultKind::pool:
      return "Pool";
    default:
      return "Allocation";
  }
}
INSTANTIATE_TEST_SUITE_P(Faults, FaultLoop,
                         ::testing::Values(FaultKind::read, FaultKind::write, FaultKind::flush, FaultKind::pool,
                                           FaultKind::allocation),
                         kind_name);

}  // namespace
}  // namespace tessera::testing

// Every read, write, flush and allocation of a whole job fails once, one after another, on one rank: N = 0, 1, 2, ...
// until nothing fails any more. Each time all ranks throw the same error, nothing is left under the target's name or a
// temporary one, and the session works on.
#include "faults.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include <tessera/distributed/communicator.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;

class FaultLoop : public ::testing::TestWithParam<FaultKind> {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{16} << 20, .threads = 2}};
  Communicator& comm = session.communicator();
  std::string folder;

  void SetUp() override {
    folder = (fs::temp_directory_path() / ("tessera-faults-" + std::to_string(getpid()))).string();
    comm.broadcast(folder, 0);
    if (comm.rank() == 0) fs::create_directories(folder);
    session.compute(write_chunked(uniform({24, 40}, 0, 1, {.chunks = {5, 40}}), "x.h5:/x"));
  }
  void TearDown() override {
    if (comm.rank() == 0) fs::remove_all(folder);
  }
  std::string path(const std::string& name) const { return folder + "/" + name; }
  Sink write_chunked(const Array& x, const std::string& target) const {
    Sink s = write(x, path(target));
    s.chunks = {5, 40};
    return s;
  }
  int files() const {
    int n = 0;
    for (const auto& entry : fs::directory_iterator(folder)) n += entry.path().filename() != "x.h5";
    return n;
  }

  /// "" when the job went well, else what it threw; the same on all ranks or a failure of the test.
  std::string outcome(const std::function<void()>& job) {
    std::string text;
    try {
      job();
    } catch (const Error& e) {
      text = e.what();
      if (text.empty()) text = "an error without words";
    } catch (const std::exception& e) {
      text = std::string("not an error of Tessera: ") + e.what();
      ADD_FAILURE() << text;
    }
    std::string of_first = text;
    comm.broadcast(of_first, 0);
    EXPECT_EQ(text, of_first) << "the ranks ended differently";
    return text;
  }

  /// returns: how many calls failed before nothing did.
  long loop(const char* name, int failing_rank, const std::function<void()>& job) {
    for (long n = 0;; n += step(n)) {
      std::string text;
      bool fired = false;
      {
        const Fault fault(GetParam(), n, comm.rank() == failing_rank);
        text = outcome(job);
        fired = Fault::fired;
      }
      std::byte mine{fired}, any{};
      std::vector<std::byte> all(static_cast<std::size_t>(comm.size()));
      comm.allgather(&mine, all.data(), 1);
      for (auto b : all) any |= b;
      const bool failed = !text.empty();
      if (any == std::byte{0}) {
        EXPECT_EQ(text, "") << name << ": nothing failed";
        if (comm.rank() == 0) fs::remove(path("y.h5"));
        return n;
      }
      // What is only advice, or tried again, may fail without harm; the folder's own flush fails when all is in place.
      if (comm.rank() == 0) {
        const bool there = fs::exists(path("y.h5"));
        EXPECT_EQ(files(), there ? 1 : 0) << name << ", call " << n << ": " << text;
        if (failed && there) {
          EXPECT_EQ(GetParam(), FaultKind::flush) << name << ", call " << n << ": " << text;
          EXPECT_NO_THROW(open_store_alone(path("y.h5"))) << name << ", call " << n << ": " << text;
        }
        fs::remove(path("y.h5"));
      }
      std::byte here{HasFailure()};
      comm.allgather(&here, all.data(), 1);
      for (auto b : all)
        if (b != std::byte{0}) {
          if (comm.rank() == 0)
            ADD_FAILURE() << name << " stopped at call " << n << " on rank " << failing_rank << ": " << text;
          return n;
        }
    }
  }
  /// Thousands of small allocations: all of the first, then fewer and fewer.
  static long step(long n) { return GetParam() == FaultKind::allocation && n > 100 ? 1 + n / 50 : 1; }

  void expect_loops(const std::function<void()>& job, const char* name, bool writes) {
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
        const Array x = session.open(path("x.h5:/x"));
        session.compute(write(mean(sqrt(x) + x * x, {.axis = {0}}), path("y.h5:/y")), gather(max(x)));
      },
      "eval", true);
}
TEST_P(FaultLoop, Copy) {
  expect_loops(
      [&] { session.compute(write_chunked(astype(session.open(path("x.h5:/x")), DType::float32), "y.h5:/y")); }, "copy",
      true);
}
TEST_P(FaultLoop, CopyCompressed) {
  expect_loops(
      [&] {
        Sink y = write_chunked(astype(session.open(path("x.h5:/x")), DType::float32), "y.h5:/y");
        y.compress = "gzip:4";
        session.compute(std::vector<Sink>{y});
      },
      "copy compressed", true);
}
TEST_P(FaultLoop, Stats) {
  expect_loops(
      [&] {
        const Array x = session.open(path("x.h5:/x"));
        session.compute(gather(sum(astype(isnan(x), DType::int64))), gather(min(x)), gather(max(x)), gather(mean(x)),
                        gather(std(x)));
      },
      "stats", false);
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
                         ::testing::Values(FaultKind::read, FaultKind::write, FaultKind::flush, FaultKind::pool),
                         kind_name);

}  // namespace
}  // namespace tessera::testing

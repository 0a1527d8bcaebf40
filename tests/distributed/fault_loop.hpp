#pragma once
// Every read, write, flush and allocation of a whole job fails once, one after another, on one rank: N = 0, 1, 2, ...
// until nothing fails any more. Each time all ranks throw the same error, which names the rank; nothing is left under
// the target's name or a temporary one; the inputs are as they were; and the session does the same job right after.
//
// Of the thousands of allocations a sample; TESSERA_FAULTS=1000000 takes all.
#include "faults.hpp"
#include "rank_prefix.hpp"
#include "shared_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/watchdog.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace fs = std::filesystem;

inline long samples() {
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
  /// The first calls one by one, then ever fewer of many: they are alike, as a tile's.
  static long step(long n) {
    if (n < samples()) return 1;
    if (GetParam() == FaultKind::allocation) return n < 10 ? 1 : std::max(23L, n / 20);
    return n < 40 ? 1 : std::max(7L, n / 20);  // a piece of a file more
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

}  // namespace tessera::testing

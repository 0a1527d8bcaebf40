// One rank's failure is everyone's exception: the same type on all ranks, naming the rank, in bounded time, and the
// session works on.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <new>
#include <tessera/distributed/distribution.hpp>
#include <thread>

#include "memory_store.hpp"
#include "rank_prefix.hpp"
#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

constexpr std::int64_t rows = 24;

class Failures : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = std::int64_t{64} << 20, .threads = 2}};
  const int ranks = session.size(), rank = session.rank();

  /// (24, 100) in chunks of (1, 50).
  std::shared_ptr<MemoryStore> store(const std::string& name, std::int64_t chunk_rows = 1) const {
    return std::make_shared<MemoryStore>(name, DType::float64, ChunkGrid::regular({rows, 100}, {chunk_rows, 50}),
                                         bytes_of(std::vector<double>(rows * 100, 2.0)));
  }
  /// Runs f and says what it threw: "kind: message", or "".
  template <class F>
  static std::string error_of(F&& f) {
    try {
      f();
    } catch (const Error& e) {
      return std::to_string(static_cast<int>(e.kind())) + ": " + e.what();
    }
    return "";
  }
  /// The same on all ranks.
  void expect_same_everywhere(std::string text) {
    const std::string mine = text;
    session.communicator().broadcast(text, 0);
    EXPECT_EQ(mine, text);
  }
  std::string prefix(int failing) const { return ranks > 1 ? test_support::rank_prefix(failing) : ""; }
};

std::string kind(ErrorKind k) { return std::to_string(static_cast<int>(k)) + ": "; }

TEST_F(Failures, AReadThatFails) {
  const std::vector<std::function<std::vector<Sink>(const Array&)>> jobs = {
      [](const Array& x) { return std::vector<Sink>{gather(sum(x))}; },
      [](const Array& x) { return std::vector<Sink>{gather(mean(sqrt(x) + x * x, {.axis = {0}}))}; },
      [](const Array& x) { return std::vector<Sink>{persist(x + 1.0)}; },
      [](const Array& x) {
        return std::vector<Sink>{gather(x.T() + 1.0), gather(max(x, {.axis = {1}}))};
      },
      [](const Array& x) { return std::vector<Sink>{gather(std(x - mean(x, {.axis = {0}, .keepdims = true})))}; },
  };
  for (int failing : {0, ranks / 2, ranks - 1})
    for (std::size_t job = 0; job < jobs.size(); job++)
      for (int nth : {1, 3, 8}) {
        auto s = store("failing" + std::to_string(job));
        std::atomic<int> count = 0;
        s->on_read = [&](const Box&) {
          if (rank == failing && ++count == nth) throw IoError("the disk is gone");
        };
        const std::string got = error_of([&] { session.compute(jobs[job](array_of(s))); });
        EXPECT_EQ(got, kind(ErrorKind::io) + prefix(failing) + "the disk is gone") << "job " << job << ", read " << nth;
        s->on_read = nullptr;
        EXPECT_EQ(session.item<double>(sum(array_of(s))), 2.0 * rows * 100);
      }
}

// What a Store of the program's own throws is thrown as it was on its rank; the others hear whose it was.
TEST_F(Failures, WhatIsNotOfTesseraIsThrownAsItWas) {
  const auto thrown = [&](const std::shared_ptr<MemoryStore>& s) -> std::string {
    try {
      session.compute(sum(array_of(s)));
    } catch (const Error& e) {
      return std::to_string(static_cast<int>(e.kind())) + ": " + e.what();
    } catch (const std::exception& e) {
      return std::string("exception: ") + e.what();
    } catch (int number) {
      return "int: " + std::to_string(number);
    }
    return "nothing";
  };
  for (int failing : {0, ranks - 1}) {
    const auto expect = [&](const std::string& there, const std::string& text, const std::function<void()>& fail) {
      auto s = store("foreign");
      s->on_read = [&](const Box&) {
        if (rank == failing) fail();
      };
      const std::string got = thrown(s);
      if (rank == failing) {
        EXPECT_EQ(got, there);
      } else {
        EXPECT_TRUE(got.starts_with(kind(ErrorKind::comm)) && got.find(text) != std::string::npos) << got;
      }
    };
    expect("exception: from a library", "from a library", [] { throw std::runtime_error("from a library"); });
    expect("int: 7", "threw", [] { throw 7; });
    auto full = store("full");  // no memory is everyone's MemoryBudgetError, whoever asked for it
    full->on_read = [&](const Box&) {
      if (rank == failing) throw std::bad_alloc();
    };
    EXPECT_TRUE(thrown(full).starts_with(kind(ErrorKind::memory_budget)));
  }
}

TEST_F(Failures, SeveralRanksFailAndTheLowestSpeaks) {
  auto s = store("several");
  s->on_read = [&](const Box&) { throw IoError("rank " + std::to_string(rank) + "'s disk"); };
  const std::string got = error_of([&] { session.compute(sum(array_of(s))); });
  EXPECT_EQ(got, kind(ErrorKind::io) + prefix(0) + "rank 0's disk");
}

// Two chunks: with three ranks, one owns nothing and hears of the failure all the same.
TEST_F(Failures, ARankThatOwnsNothingThrowsToo) {
  auto s = store("two chunks", rows);
  s->on_read = [&](const Box&) { throw IoError("gone"); };
  const std::string got = error_of([&] { session.compute(persist(array_of(s) * 2.0)); });
  const int owner = Distribution::blocks(s->info().grid, ranks).owner(std::int64_t{0});
  EXPECT_EQ(s->reads > 0, rank == owner || rank == Distribution::blocks(s->info().grid, ranks).owner(std::int64_t{1}));
  EXPECT_EQ(got, kind(ErrorKind::io) + prefix(owner) + "gone");
}

// One rank is slow: the others wait for the agreement, not for ever.
TEST_F(Failures, AFailureWhileOthersAreSlow) {
  auto s = store("slow");
  s->on_read = [&](const Box&) {
    if (rank == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    else
      throw IoError("early");
  };
  const auto begin = std::chrono::steady_clock::now();
  const std::string got = error_of([&] { session.compute(sum(array_of(s))); });
  if (ranks > 1) {
    EXPECT_EQ(got, kind(ErrorKind::io) + prefix(1) + "early");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  }
}

TEST_F(Failures, DifferentExpressionsAreRefusedOnAllRanks) {
  if (ranks == 1) GTEST_SKIP() << "needs ranks that differ";
  const Array x = arange(0, 100, 1, DType::float64, {10});
  const bool odd = rank == ranks - 1;
  EXPECT_THROW(session.compute(odd ? sum(x) : mean(x)), MismatchError);
  EXPECT_THROW(session.compute(sum(x * (odd ? 2.0 : 3.0))), MismatchError);            // a scalar
  EXPECT_THROW(session.compute(sum(odd ? x[{Slice{1, {}, {}}}] : x)), MismatchError);  // a slice
  EXPECT_THROW(session.compute(odd ? gather(x) : persist(x)), MismatchError);          // a sink
  EXPECT_THROW(session.compute(sum(uniform({10}, 0, 1, {.seed = odd ? 1u : 2u}))), MismatchError);
  EXPECT_THROW(session.compute(sum(arange(0, odd ? 10 : 11))), MismatchError);
  EXPECT_THROW(session.compute(sum(array_of(store(odd ? "a" : "b")))), MismatchError);  // a source
  EXPECT_EQ(session.item<double>(sum(x)), 4950);
}

TEST_F(Failures, ABudgetIsRefusedBeforeReading) {
  auto s = store("large", rows);
  const Array x = array_of(s);
  Session tiny(SessionOptions{.memory = 4096, .threads = 1});
  const std::string got = error_of([&] { tiny.compute(persist(x + 1.0)); });
  EXPECT_EQ(got.substr(0, kind(ErrorKind::memory_budget).size()), kind(ErrorKind::memory_budget)) << got;
  expect_same_everywhere(got);
  EXPECT_EQ(s->reads, 0);
  const std::string option = "option 'memory' ";
  const auto at = got.find(option);
  ASSERT_NE(at, std::string::npos) << got;
  Session enough(SessionOptions{.memory = std::stoll(got.substr(at + option.size())) << 20, .threads = 1});
  EXPECT_EQ(enough.item<double>(sum(enough.persist(x + 1.0))), 3.0 * rows * 100);
}

TEST_F(Failures, AProgressCallbackMayInterrupt) {
  SessionOptions o{.memory = std::int64_t{64} << 20, .threads = 1};
  int calls = 0;
  o.progress = [&](const SessionOptions::Progress&) {
    if (++calls == 2) throw InterruptedError("stopped by the user");
  };
  Session watched(o);
  auto s = store("interrupted");
  s->on_read = [&](const Box&) { std::this_thread::sleep_for(std::chrono::milliseconds(25)); };
  const std::string got = error_of([&] {
    while (true) watched.compute(sum(array_of(s)));
  });
  EXPECT_EQ(got, kind(ErrorKind::interrupted) + prefix(0) + "stopped by the user");
  s->on_read = nullptr;
  EXPECT_EQ(watched.item<double>(sum(array_of(s))), 2.0 * rows * 100);
}

// Writes beyond RLIMIT_FSIZE fail with EFBIG on the rank that has the limit: a full disk without a disk.
TEST_F(Failures, AWriteThatFailsLeavesNoFile) {
  namespace fs = std::filesystem;
  const SharedFolder shared(session.communicator());
  const fs::path folder = shared.path();
  std::signal(SIGXFSZ, SIG_IGN);
  const Array x = uniform({64, 10000}, 0, 1, {.chunks = {1, 10000}});
  for (int failing : {0, ranks - 1})
    for (const char* name : {"out.npy", "out.h5:/y"}) {
      rlimit saved{};
      getrlimit(RLIMIT_FSIZE, &saved);
      rlimit small = saved;
      small.rlim_cur = 300000;
      if (rank == failing) setrlimit(RLIMIT_FSIZE, &small);
      const std::string got = error_of([&] { session.compute(write(x, (folder / name).string())); });
      setrlimit(RLIMIT_FSIZE, &saved);
      EXPECT_EQ(got.substr(0, kind(ErrorKind::io).size()), kind(ErrorKind::io)) << name << ": " << got;
      EXPECT_NE(got.find(prefix(failing)), std::string::npos) << got;
      expect_same_everywhere(got);
      if (rank == 0) {
        EXPECT_TRUE(fs::is_empty(folder)) << name << ", " << fs::directory_iterator(folder)->path();
      }
      session.communicator().barrier();
    }
  session.compute(write(x, (folder / "out.npy").string()));
  EXPECT_EQ(session.item<double>(sum(session.open((folder / "out.npy").string()))), session.item<double>(sum(x)));
}

TEST_F(Failures, MissingFilesAndBadTargets) {
  const std::string missing = error_of([&] { session.open("no/such/file.npy"); });
  EXPECT_EQ(missing.substr(0, kind(ErrorKind::io).size()), kind(ErrorKind::io)) << missing;
  expect_same_everywhere(missing);
  const std::string target = error_of([&] { session.compute(write(zeros({3}), "no/such/folder/out.npy")); });
  EXPECT_NE(target, "");
  expect_same_everywhere(target);
}

}  // namespace
}  // namespace tessera::testing

// The program's own code inside ours: what a callback or a function of a reduction throws comes out as it was on its
// own rank, and names the rank on the others; a callback can't call its session. And what a program may hand over
// wrongly: null pointers, blocks of mixed rank, arrays of another session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <thread>

#include "memory_store.hpp"
#include "rank_prefix.hpp"

namespace tessera::testing {
namespace {

using ::testing::HasSubstr;

struct OwnException {
  int code = 0;
};
struct OwnError : std::logic_error {
  using std::logic_error::logic_error;
};
struct OwnIoError : IoError {
  using IoError::IoError;
};

/// A Store of the program's own that throws where it is told to.
class OwnStore final : public MemoryStore {
 public:
  enum class Place { nowhere, read, prefetch, scratch_bytes, file_bytes, verify };
  OwnStore(Place where, std::int64_t chunks)
      : MemoryStore("own", DType::float64, ChunkGrid::regular({chunks, 40000}, {1, 40000}),
                    bytes_of(std::vector<double>(static_cast<std::size_t>(chunks * 40000), 2.0))),
        where_(where) {}
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    at(Place::read);
    MemoryStore::read(box, to, strides);
  }
  void prefetch(const Box&) const override { at(Place::prefetch); }
  std::int64_t scratch_bytes(const Dims&) const override { return at(Place::scratch_bytes), 0; }
  std::int64_t file_bytes(const Box& box) const override { return at(Place::file_bytes), MemoryStore::file_bytes(box); }
  void verify() const override { at(Place::verify); }

 private:
  void at(Place place) const {
    if (place == where_) throw OwnError("mine");
  }
  Place where_;
};

class Callbacks : public ::testing::Test {
 protected:
  /// A session whose progress callback does `work` on rank 0.
  Session watched(std::function<void()> work) {
    SessionOptions o{.memory = std::int64_t{64} << 20, .threads = 1};
    o.progress = [work = std::move(work)](const SessionOptions::Progress&) { work(); };
    return Session(o);
  }
  /// Evaluates until progress has been reported.
  static void work(Session& s) {
    auto slow = std::make_shared<MemoryStore>("slow", DType::float64, ChunkGrid::regular({24}, {1}),
                                              bytes_of(std::vector<double>(24, 2.0)));
    slow->on_read = [](const Box&) { std::this_thread::sleep_for(std::chrono::milliseconds(25)); };
    while (true) s.compute(sum(array_of(slow)));
  }
  /// Rank `failing` throws T itself, the others an Error of type Other that has these words.
  template <class T, class Other = CommError, class F>
  static void expect_users(int rank, int failing, const std::string& words, F&& f) {
    if (rank == failing) {
      EXPECT_THROW(f(), T);
      return;
    }
    try {
      f();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Other& e) {
      EXPECT_THAT(e.what(), HasSubstr(test_support::rank_prefix(failing)));
      EXPECT_THAT(e.what(), HasSubstr(words));
    }
  }
};

TEST_F(Callbacks, WhatProgressThrowsKeepsItsType) {
  const auto check = [&]<class T, class Other>(T thrown, const std::string& words, Other*) {
    bool armed = true;
    Session s = watched([&] {
      if (armed) throw T(thrown);
    });
    expect_users<T, Other>(s.rank(), 0, words, [&] { work(s); });
    armed = false;
    EXPECT_EQ(s.item<double>(sum(ones({10}))), 10);
  };
  CommError* const comm = nullptr;
  check(OwnException{7}, "OwnException", comm);
  check(OwnError("mine"), "OwnError: mine", comm);
  check(std::runtime_error("theirs"), "std::runtime_error: theirs", comm);
  check(7, "int", comm);
  check(OwnIoError("my disk"), "my disk", static_cast<IoError*>(nullptr));
}

TEST_F(Callbacks, WhatAReductionThrowsKeepsItsType) {
  Session session(SessionOptions{.memory = std::int64_t{64} << 20, .threads = 2});
  const int last = session.size() - 1;
  const Array x = ones({1000}, {.chunks = {10}});
  for (const int where : {0, 1}) {
    const auto fail_in = [&, mine = session.rank()](int place) {
      if (place == where && mine == last) throw OwnError("in function " + std::to_string(where));
    };
    const Array r = reduction<double>(
        x, [fail_in](std::span<const double> v) { return fail_in(0), static_cast<double>(v.size()); },
        [fail_in](double a, double b) { return fail_in(1), a + b; }, [](double s, std::int64_t) { return s; },
        {.name = "throws in " + std::to_string(where)});
    expect_users<OwnError>(session.rank(), last, "OwnError: in function " + std::to_string(where),
                           [&] { session.compute(r); });
  }
  // The ranks that finish the result throw; which ones these are, is ours to choose.
  const Array r = reduction<double>(
      x, [](std::span<const double> v) { return static_cast<double>(v.size()); },
      [](double a, double b) { return a + b; }, [](double, std::int64_t) -> double { throw OwnException{3}; },
      {.name = "throws at the end"});
  std::byte own{0};
  try {
    session.compute(r);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const OwnException& e) {
    EXPECT_EQ(e.code, 3);
    own = std::byte{1};
  } catch (const CommError& e) {
    EXPECT_THAT(e.what(), HasSubstr("OwnException"));
  }
  std::vector<std::byte> owns(static_cast<std::size_t>(session.size()));
  session.communicator().allgather(&own, owns.data(), 1);
  EXPECT_GE(std::count(owns.begin(), owns.end(), std::byte{1}), 1);
  EXPECT_EQ(session.item<double>(sum(x)), 1000);
}

TEST_F(Callbacks, WhatAStoreThrowsKeepsItsType) {
  Session session(SessionOptions{.memory = std::int64_t{64} << 20, .threads = 2});
  const int last = session.size() - 1;
  using Place = OwnStore::Place;
  std::int64_t chunks = 3 * session.size();
  for (const Place place : {Place::read, Place::prefetch, Place::scratch_bytes, Place::file_bytes, Place::verify}) {
    SCOPED_TRACE(static_cast<int>(place));
    const Array x = array_of(std::make_shared<OwnStore>(session.rank() == last ? place : Place::nowhere, ++chunks));
    expect_users<OwnError>(session.rank(), last,
                           "the store own threw tessera::testing::", [&] { session.compute(sum(x)); });
    EXPECT_EQ(session.item<double>(sum(ones({10}))), 10);
  }
  // Not collective: the rank that asks has the exception.
  const Array x = array_of(std::make_shared<OwnStore>(Place::scratch_bytes, 2));
  EXPECT_THROW(static_cast<void>(session.explain({gather(sum(x))})), OwnError);
}

TEST_F(Callbacks, WhatAWatchdogThrowsComesAtTheNextAgreement) {
  SessionOptions o{.memory = std::int64_t{64} << 20, .threads = 1, .watchdog_seconds = 0.1};
  const auto world = world_communicator();
  const int last = world->size() - 1;
  std::atomic<bool> armed = world->rank() == last;
  o.watchdog = [&](const std::string&) {
    if (armed.exchange(false)) throw OwnError("bitten");
  };
  Session s(o);
  auto slow = std::make_shared<MemoryStore>("slow", DType::float64, ChunkGrid::regular({8}, {1}),
                                            bytes_of(std::vector<double>(8, 2.0)));
  slow->on_read = [](const Box&) { std::this_thread::sleep_for(std::chrono::milliseconds(500)); };
  expect_users<OwnError>(s.rank(), last, "OwnError: bitten", [&] {
    while (true) s.compute(sum(array_of(slow)));
  });
  EXPECT_EQ(s.item<double>(sum(ones({10}))), 10);
}

TEST_F(Callbacks, MayNotCallTheirSession) {
  Session* self = nullptr;
  Session s = watched([&] { self->compute(ones({3})); });
  self = &s;
  try {
    work(s);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const UsageError& e) {
    EXPECT_THAT(e.what(), HasSubstr("compute: the session is in another call"));
  }
  const auto refused = [&](const std::function<void(Session&)>& call) {
    int refusals = 0;
    Session session = watched([&] {
      try {
        call(*self);
      } catch (const UsageError&) {
        refusals++;
        throw;
      }
    });
    self = &session;
    EXPECT_THROW(work(session), UsageError);
    EXPECT_EQ(refusals, session.rank() == 0 ? 1 : 0);
  };
  double memory[3] = {};
  refused([](Session& x) { x.persist(ones({3})); });
  refused([](Session& x) { x.open("a.h5:/x"); });
  refused([](Session& x) { x.explain_together({gather(ones({3}))}); });
  refused([](Session& x) { x.write_trace("a.json"); });
  refused([&](Session& x) { x.compute_into(ones({3}), memory, {{0}, {3}}, {8}); });
  refused([&](Session& x) { x.from_local(memory, DType::float64, {3}, {{0}, {3}}, {8}); });
}

TEST_F(Callbacks, AFunctionOfAReductionMayNotCallTheSession) {
  Session session(SessionOptions{.memory = std::int64_t{64} << 20, .threads = 2});
  const Array r = reduction<double>(
      ones({1000}, {.chunks = {10}}), [&](std::span<const double>) { return session.item<double>(ones({1})[{0}]); },
      [](double a, double b) { return a + b; }, [](double s, std::int64_t) { return s; }, {.name = "calls"});
  EXPECT_THROW(session.compute(r), UsageError);
  EXPECT_EQ(session.item<double>(sum(ones({10}))), 10);
}

TEST(Handed, NullIsRefused) {
  EXPECT_THROW(Session(std::unique_ptr<Communicator>()), UsageError);
  Session session;
  const bool odd = session.rank() == session.size() - 1;
  const Array x = ones({session.size(), 4});
  const Box mine{{session.rank(), 0}, {1, 4}};
  std::vector<double> memory(4);
  double* const data = odd ? nullptr : memory.data();
  EXPECT_THROW(session.compute_into(x, data, mine, {32, 8}), UsageError);
  EXPECT_THROW(session.from_local(data, DType::float64, {session.size(), 4}, mine, {32, 8}), UsageError);
  session.compute_into(x, data, odd ? Box{{0, 0}, {0, 4}} : mine, {32, 8});  // nothing needs no memory
}

TEST(Handed, BlocksOfMixedRankAreRefused) {
  Session session;
  const Array x = ones({4, 4});
  std::vector<double> memory(16);
  const Box bad[] = {{{0}, {4, 4}}, {{0, 0}, {4}}, {{0, 0, 0}, {4, 4}}, {{0, 0}, {4, 4, 1}}, {{}, {4, 4}}};
  for (const Box& block : bad) {
    EXPECT_THROW(session.compute_into(x, memory.data(), block, {32, 8}), ShapeError) << to_string(block.extent);
    EXPECT_THROW(session.from_local(memory.data(), DType::float64, {4, 4}, block, {32, 8}), ShapeError);
  }
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const Box& block :
       {Box{{most, 0}, {1, 1}}, Box{{1, 0}, {most, 1}}, Box{{-1, 0}, {1, 1}}, Box{{0, 0}, {-1, 1}}}) {
    EXPECT_THROW(session.compute_into(x, memory.data(), block, {32, 8}), ShapeError);
    EXPECT_THROW(session.from_local(memory.data(), DType::float64, {4, 4}, block, {32, 8}), ShapeError);
  }
}

TEST(Handed, AnyByteButZeroIsTrue) {
  Session session;
  const unsigned char memory[6] = {0, 1, 2, 255, 128, 0};
  const std::int64_t begin = 6 * session.rank() / session.size(), end = 6 * (session.rank() + 1) / session.size();
  const Array x = session.from_local(memory + begin, DType::bool_, {6}, {{begin}, {end - begin}}, {1});
  EXPECT_EQ(x.dtype(), DType::bool_);
  EXPECT_EQ(session.item<std::int64_t>(sum(x)), 4);
  EXPECT_EQ(session.item<std::int64_t>(count_nonzero(x)), 4);
  EXPECT_EQ(session.item<std::int64_t>(sum(x == true)), 4);
  EXPECT_EQ(session.item<std::int64_t>(sum(where(x, 10, 1))), 42);
  EXPECT_EQ(session.item<std::int64_t>(sum(~x)), 2);
  const Result all = session.compute(x);
  for (std::size_t i = 0; i < 6; i++) EXPECT_EQ(all.bytes()[i], std::byte{memory[i] != 0});
}

TEST(Handed, AnotherSessionsChunksAreRefused) {
  Session a, b;
  const Array x = a.persist(arange(0, 100, 1, DType::float64, {10}));
  EXPECT_NO_THROW(static_cast<void>(a.local_chunks(x)));
  EXPECT_THROW(static_cast<void>(b.local_chunks(x)), UsageError);
  EXPECT_EQ(b.item<double>(sum(x)), 4950);  // of the same ranks: it can be computed with
  if (a.size() > 1) {
    Session alone(self_communicator());
    EXPECT_THROW(alone.compute(sum(x)), UsageError);
    EXPECT_THROW(static_cast<void>(alone.explain({gather(sum(x))})), UsageError);
  }
}

}  // namespace
}  // namespace tessera::testing

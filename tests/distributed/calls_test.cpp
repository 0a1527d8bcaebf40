// Ranks that call different things: every pair of public collective calls ends in a MismatchError on all ranks that
// says which rank calls what, and the session works on. A hang fails by the time limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

using ::testing::HasSubstr;

SessionOptions small() {
  SessionOptions o{.memory = std::int64_t{64} << 20, .threads = 1};
  o.trace = true;
  return o;
}

struct NamedCall {
  std::string name;  // part of what the error says
  std::function<void()> call;
};

class Calls : public ::testing::Test {
 protected:
  Session session{small()}, other{small()};
  const int ranks = session.size(), rank = session.rank();
  const Array x = arange(0, 100, 1, DType::float64, {10});
  std::vector<double> memory = std::vector<double>(100, 1.0);

  /// This rank's part of 100 elements: the first rank has all.
  Box block() const { return {{0}, {rank == 0 ? 100 : 0}}; }
  void write_to(const std::string& target, bool force, const Dims& chunks) {
    Sink s = write(x, target);
    s.chunks = chunks;
    session.compute({s}, {.force = force});
  }

  std::vector<NamedCall> all_calls() {
    return {
        {"compute of gather(float64 ())", [&] { session.compute(sum(x)); }},
        {"compute of persist(float64 (100,))", [&] { session.persist(x); }},
        {"compute of gather(float64 ()), gather(float64 ())", [&] { session.compute(gather(sum(x)), gather(max(x))); }},
        {"compute of nothing", [&] { session.compute(std::vector<Sink>{}); }},
        {"compute of write(float64 (100,) to calls.npy", [&] { write_to("calls.npy", true, {}); }},
        {"compute_into of persist(float64 (100,))", [&] { session.compute_into(x, memory.data(), block(), {8}); }},
        {"from_local of float64 (100,)",
         [&] { session.from_local(memory.data(), DType::float64, {100}, block(), {8}); }},
        {"open of a.h5:/x", [&] { session.open("a.h5:/x"); }},
        {"open_many of a_*.h5:/x along time", [&] { session.open_many({"a_*.h5:/x"}, "time"); }},
        {"explain_together of gather(float64 ())", [&] { session.explain_together({gather(sum(x))}); }},
        {"write_trace of calls.json", [&] { session.write_trace("calls.json"); }},
        {"the making of a communicator or Session", [&] { Session third; }},
        {"compute of gather(float64 (100,))", [&] { other.compute(x); }},
        {"for the number of threads", [&] { default_threads(session.communicator()); }},
    };
  }

  /// `last` on the last rank, `first` on the others.
  void expect_mismatch(const NamedCall& first, const NamedCall& last) {
    try {
      (rank == ranks - 1 ? last : first).call();
      ADD_FAILURE() << first.name << " beside " << last.name << ": nothing was thrown";
    } catch (const MismatchError& e) {
      const std::string who = ranks == 2 ? "rank 0 calls " : "ranks 0-" + std::to_string(ranks - 2) + " call ";
      EXPECT_THAT(e.what(), HasSubstr(who + first.name));
      EXPECT_THAT(e.what(), HasSubstr("rank " + std::to_string(ranks - 1) + " calls " + last.name));
    }
    ASSERT_EQ(session.item<double>(sum(x)), 4950) << first.name << " beside " << last.name;
  }
};

TEST_F(Calls, AnyTwoDifferentOnesAreToldApart) {
  if (ranks == 1) GTEST_SKIP() << "needs ranks that differ";
  const auto calls = all_calls();
  for (std::size_t i = 0; i < calls.size(); i++)
    for (const std::size_t other_than_itself : {1, 5})
      expect_mismatch(calls[i], calls[(i + other_than_itself) % calls.size()]);
  EXPECT_EQ(other.item<double>(max(x)), 99);
}

TEST_F(Calls, EachRankAnother) {
  if (ranks == 1) GTEST_SKIP() << "needs ranks that differ";
  const auto calls = all_calls();
  try {
    calls[static_cast<std::size_t>(rank) % calls.size()].call();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const MismatchError& e) {
    for (int r = 0; r < std::min(ranks, 5); r++)
      EXPECT_THAT(e.what(),
                  HasSubstr("rank " + std::to_string(r) + " calls " + calls[static_cast<std::size_t>(r)].name));
  }
}

TEST_F(Calls, OptionsThatDifferAreNoticed) {
  if (ranks == 1) GTEST_SKIP() << "needs ranks that differ";
  const bool odd = rank == ranks - 1;
  EXPECT_THROW(write_to("options.h5:/x", odd, {}), MismatchError);
  EXPECT_THROW(write_to("options.h5:/x", true, odd ? Dims{10} : Dims{20}), MismatchError);
  const auto differing = [&](const std::function<void(Sink&, WriteOptions&)>& change) {
    Sink s = write(x, "options.h5:/x");
    s.chunks = {10};
    WriteOptions w{.force = true};
    if (odd) change(s, w);
    EXPECT_THROW(session.compute({s}, w), MismatchError);
  };
  differing([](Sink& s, WriteOptions&) { s.compress = "gzip:1"; });
  differing([](Sink& s, WriteOptions&) { s.contiguous = true; });
  differing([](Sink& s, WriteOptions&) { s.dimensions = {"time"}; });
  differing([](Sink& s, WriteOptions&) { s.unlimited = 1; });
  differing([](Sink& s, WriteOptions&) { s.attributes = {{"units", "m"}}; });
  differing([](Sink& s, WriteOptions&) { s.target = "options.h5:/y"; });
  differing([](Sink&, WriteOptions& w) { w.file_attributes = {{"title", std::vector<double>{1}}}; });
  differing([](Sink&, WriteOptions& w) { w.force = false, w.append = true; });
  EXPECT_THROW(session.open("a.h5:/x", {.raw = odd}), MismatchError);
  EXPECT_THROW(session.open(odd ? "a.h5:/x" : "b.h5:/x"), MismatchError);
  SessionOptions o = small();
  o.trace = odd;
  EXPECT_THROW(Session{o}, MismatchError);
  EXPECT_EQ(session.item<double>(sum(x)), 4950);
}

TEST_F(Calls, WhatDiffersInsideAnExpressionIsSaid) {
  if (ranks == 1) GTEST_SKIP() << "needs ranks that differ";
  try {
    session.compute(sum(x * (rank == 0 ? 2.0 : 3.0)));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const MismatchError& e) {
    EXPECT_THAT(e.what(), HasSubstr("rank 0 calls compute of gather(float64 ())"));
    EXPECT_THAT(e.what(), HasSubstr("other arrays, scalars, options or sessions"));
  }
}

TEST_F(Calls, TheSameCallOfAnotherSessionIsAnotherCall) {
  if (ranks == 1) GTEST_SKIP() << "needs ranks that differ";
  Session& mine = rank == ranks - 1 ? other : session;
  EXPECT_THROW(mine.compute(sum(x)), MismatchError);
  EXPECT_THROW(mine.persist(x), MismatchError);
  EXPECT_THROW(mine.open("a.h5:/x"), MismatchError);
  EXPECT_EQ(session.item<double>(sum(x)), 4950);
  EXPECT_EQ(other.item<double>(sum(x)), 4950);
}

// What one rank refuses by itself is refused by all, whatever the others call.
TEST_F(Calls, OneRankThatRefusesItsArgumentsLeavesNobodyBehind) {
  const bool odd = rank == ranks - 1;
  EXPECT_THROW(odd ? session.compute_into(x, memory.data(), {{90}, {20}}, {8})
                   : session.compute_into(x, memory.data(), block(), {8}),
               ShapeError);
  if (ranks > 1) {
    EXPECT_THROW(
        odd ? session.compute_into(x, memory.data(), {{90}, {20}}, {8}) : static_cast<void>(session.compute(x)),
        ShapeError);
  }
  EXPECT_EQ(session.item<double>(sum(x)), 4950);
}

// One rank asks for threads of its own number, the others for their share.
TEST(Sessions, OneRankMayChooseItsThreads) {
  const auto world = world_communicator();
  SessionOptions o{.memory = std::int64_t{64} << 20};
  if (world->rank() == 0) o.threads = 1;
  Session session(o);
  EXPECT_EQ(session.threads(), 1);
}

TEST_F(Calls, ExplainIsOneRanksAffair) {
  const Array p = session.persist(x);
  if (rank == 0) {
    for (const int n : {0, ranks, ranks + 1, 1000}) EXPECT_NE(session.explain({gather(mean(x))}, n), "");
    EXPECT_NE(session.explain({gather(mean(p))}), "");
    EXPECT_THROW(static_cast<void>(session.explain({gather(mean(p))}, ranks + 1)), UsageError);
  }
  EXPECT_NE(session.explain_together({gather(mean(p))}), "");
}

}  // namespace
}  // namespace tessera::testing

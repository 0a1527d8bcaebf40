// The contract of every communicator, on as many ranks as the test is started with.
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <string>
#include <tessera/distributed/communicator.hpp>
#include <vector>

#include "rank_prefix.hpp"

namespace tessera {
namespace {

std::byte* bytes_of(void* p) { return static_cast<std::byte*>(p); }

struct CommunicatorTest : testing::Test {
  std::unique_ptr<Communicator> world = world_communicator();
  int rank = world->rank(), size = world->size();
};

TEST_F(CommunicatorTest, KnowsItsPlace) {
  EXPECT_GE(rank, 0);
  EXPECT_LT(rank, size);
  EXPECT_EQ(world->node_size(), size);  // the tests run on one machine
  EXPECT_EQ(world->node_rank(), rank);
  EXPECT_FALSE(world->description().empty());
}

TEST_F(CommunicatorTest, BroadcastsFromEveryRank) {
  for (int root = 0; root < size; root++) {
    std::vector<int> values(1000, rank == root ? 7 + root : -1);
    world->broadcast(bytes_of(values.data()), 4000, root);
    EXPECT_EQ(values, std::vector<int>(1000, 7 + root));
    std::string text = rank == root ? "from " + std::to_string(root) : "something else of another length";
    world->Communicator::broadcast(text, root);
    EXPECT_EQ(text, "from " + std::to_string(root));
    text = rank == root ? "" : "x";
    world->Communicator::broadcast(text, root);
    EXPECT_EQ(text, "");
  }
  world->broadcast(nullptr, 0, 0);
}

TEST_F(CommunicatorTest, GathersInOrderOfRanks) {
  const std::int64_t mine = 100 + rank;
  std::vector<std::int64_t> all(static_cast<std::size_t>(size), -1), expected(all.size());
  std::iota(expected.begin(), expected.end(), 100);
  world->allgather(reinterpret_cast<const std::byte*>(&mine), bytes_of(all.data()), sizeof mine);
  EXPECT_EQ(all, expected);
  world->allgather(nullptr, nullptr, 0);
}

TEST_F(CommunicatorTest, SendsEveryRankItsPart) {
  // Rank s has for rank r the numbers 1000 s + 10 r + {0, 1, 2}.
  std::vector<std::int64_t> out, in(static_cast<std::size_t>(3 * size), -1), expected;
  for (int peer = 0; peer < size; peer++)
    for (int k = 0; k < 3; k++)
      out.push_back(1000 * rank + 10 * peer + k), expected.push_back(1000 * peer + 10 * rank + k);
  world->alltoall(bytes_of(out.data()), bytes_of(in.data()), 3 * sizeof out[0]);
  EXPECT_EQ(in, expected);
  world->alltoall(nullptr, nullptr, 0);
}

TEST_F(CommunicatorTest, ReducesToTheMaximum) {
  std::vector<std::int64_t> values{rank, -rank, (std::int64_t{1} << 62) + rank, 5};
  world->allreduce_max(values);
  EXPECT_EQ(values, (std::vector<std::int64_t>{size - 1, 0, (std::int64_t{1} << 62) + size - 1, 5}));
  world->allreduce_max({});
}

TEST_F(CommunicatorTest, ExchangesBetweenAllPairs) {
  // Rank s sends rank r the numbers 1000 s + r + k, as many as depends on both, 0 of some.
  const auto count = [](int s, int r) { return (3 * s + 5 * r) % 4; };
  std::vector<std::vector<int>> out(static_cast<std::size_t>(size)), in(static_cast<std::size_t>(size));
  std::vector<Piece> send, receive;
  for (int peer = 0; peer < size; peer++) {
    auto& o = out[static_cast<std::size_t>(peer)];
    for (int k = 0; k < count(rank, peer); k++) o.push_back(1000 * rank + peer + k);
    send.push_back({peer, bytes_of(o.data()), static_cast<std::int64_t>(o.size() * sizeof(int))});
    auto& i = in[static_cast<std::size_t>(peer)];
    i.assign(static_cast<std::size_t>(count(peer, rank)), -1);
    receive.push_back({peer, bytes_of(i.data()), static_cast<std::int64_t>(i.size() * sizeof(int))});
  }

  world->exchange(send, receive);

  for (int peer = 0; peer < size; peer++)
    for (int k = 0; k < count(peer, rank); k++)
      EXPECT_EQ(in[static_cast<std::size_t>(peer)][static_cast<std::size_t>(k)], 1000 * peer + rank + k);
  world->exchange({}, {});
}

TEST_F(CommunicatorTest, KeepsTheOrderOfManyPieces) {
  constexpr int pieces = 1000;
  const int to = (rank + 1) % size, from = (rank + size - 1) % size;
  std::vector<int> out(pieces), in(pieces, -1);
  std::vector<Piece> send, receive;
  for (int i = 0; i < pieces; i++) {
    out[static_cast<std::size_t>(i)] = rank * pieces + i;
    send.push_back({to, bytes_of(&out[static_cast<std::size_t>(i)]), sizeof(int)});
    receive.push_back({from, bytes_of(&in[static_cast<std::size_t>(i)]), sizeof(int)});
  }
  for (int round = 0; round < 3; round++) world->exchange(send, receive);
  for (int i = 0; i < pieces; i++) ASSERT_EQ(in[static_cast<std::size_t>(i)], from * pieces + i);
}

TEST_F(CommunicatorTest, RepeatedSmallExchangesDoNotMixTheirRounds) {
  const int to = (rank + 1) % size, from = (rank + size - 1) % size;
  for (int round = 0; round < 500; round++) {
    int out = rank * 1000 + round, in = -1;
    const Piece send{to, bytes_of(&out), sizeof out}, receive{from, bytes_of(&in), sizeof in};
    world->exchange({&send, 1}, {&receive, 1});
    ASSERT_EQ(in, from * 1000 + round);
  }
}

TEST_F(CommunicatorTest, OneSidedTrafficArrives) {
  // Everybody to rank 0, large enough for MPI's rendezvous protocol.
  constexpr std::size_t n = 300'000;
  std::vector<double> out(n, rank), in(rank == 0 ? n * static_cast<std::size_t>(size) : 0, -1);
  std::vector<Piece> receive;
  if (rank == 0)
    for (int peer = 0; peer < size; peer++)
      receive.push_back({peer, bytes_of(in.data() + n * static_cast<std::size_t>(peer)), n * sizeof(double)});
  const Piece send{0, bytes_of(out.data()), n * sizeof(double)};
  world->exchange({&send, 1}, receive);
  for (std::size_t i = 0; i < in.size(); i++) ASSERT_EQ(in[i], static_cast<double>(i / n));
}

TEST_F(CommunicatorTest, AgreesWhenAllAreWell) {
  for (int i = 0; i < 100; i++) EXPECT_NO_THROW(world->agree(nullptr));
  EXPECT_FALSE(world->failure_announced());
}

TEST_F(CommunicatorTest, OneRanksFailureIsEveryonesException) {
  for (int failing = 0; failing < size; failing++) {
    const IoError failure("disk full: out.h5");
    try {
      world->agree(rank == failing ? &failure : nullptr);
      ADD_FAILURE() << "agree returned";
    } catch (const IoError& error) {
      const std::string prefix = size > 1 ? test_support::rank_prefix(failing) : "";
      EXPECT_EQ(std::string(error.what()), prefix + "disk full: out.h5");
    }
  }
  EXPECT_NO_THROW(world->agree(nullptr));
}

TEST_F(CommunicatorTest, TheLowestFailingRankSpeaks) {
  const ShapeError shape("of rank " + std::to_string(rank));
  const MemoryBudgetError budget("of the last");
  const Error* mine = rank == size - 1 ? static_cast<const Error*>(&budget) : rank == 0 && size > 1 ? nullptr : &shape;
  try {
    world->agree(mine);
    ADD_FAILURE() << "agree returned";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), size > 2 ? ErrorKind::shape : ErrorKind::memory_budget);
    EXPECT_EQ(std::string(error.what()),
              size == 1 ? "of the last" : test_support::rank_prefix(1) + (size == 2 ? "of the last" : "of rank 1"));
  }
}

TEST_F(CommunicatorTest, AnAnnouncedFailureIsHeardBeforeTheAgreement) {
  for (int round = 0; round < 20; round++) {
    const int failing = round % size;
    const InternalError failure("round " + std::to_string(round));
    if (rank == failing) world->announce_failure();
    while (!world->failure_announced()) {
    }
    EXPECT_TRUE(world->failure_announced());
    EXPECT_THROW(world->agree(rank == failing ? &failure : nullptr), InternalError);
    EXPECT_FALSE(world->failure_announced()) << "an announcement leaked into the next phase";
    EXPECT_NO_THROW(world->agree(nullptr));  // nobody starts the next round before all have looked
  }
}

TEST_F(CommunicatorTest, AnnouncementsThatNobodyLookedAtDoNotLeak) {
  const IoError failure("all at once");
  for (int round = 0; round < 20; round++) {
    world->announce_failure();
    world->announce_failure();  // the second is the same
    EXPECT_THROW(world->agree(&failure), IoError);
    world->barrier();
    EXPECT_FALSE(world->failure_announced());
    world->barrier();
  }
}

TEST_F(CommunicatorTest, ExchangeStillWorksAfterAFailureWasAnnounced) {
  const IoError failure("while others still send");
  if (rank == 0) world->announce_failure();
  int out = rank, in = -1;
  const Piece send{(rank + 1) % size, bytes_of(&out), sizeof out},
      receive{(rank + size - 1) % size, bytes_of(&in), sizeof in};
  world->exchange({&send, 1}, {&receive, 1});
  EXPECT_EQ(in, (rank + size - 1) % size);
  EXPECT_THROW(world->agree(rank == 0 ? &failure : nullptr), IoError);
}

TEST_F(CommunicatorTest, RefusesPiecesThatMakeNoSense) {
  int value = 0;
  const Piece nobody{size, bytes_of(&value), 4}, negative{rank, bytes_of(&value), -4}, own{rank, bytes_of(&value), 4};
  EXPECT_THROW(world->exchange({&nobody, 1}, {}), InternalError);
  EXPECT_THROW(world->exchange({}, {&negative, 1}), InternalError);
  EXPECT_THROW(world->exchange({&own, 1}, {}), InternalError);
}

}  // namespace
}  // namespace tessera

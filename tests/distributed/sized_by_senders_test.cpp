// Exchanges whose sizes only the senders know: gathering at rank 0, streams between all pairs.
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/exchange/gather.hpp>
#include <tessera/distributed/exchange/variable_streams.hpp>

namespace tessera {
namespace {

struct SizedBySenders : testing::Test {
  std::unique_ptr<Communicator> world = world_communicator();
  int rank = world->rank(), size = world->size();
};

// Nothing of every third rank.
std::string text_of(int rank) {
  return std::string(rank % 3 == 1 ? 0 : 5000 * (rank + 1), static_cast<char>('a' + rank));
}

TEST_F(SizedBySenders, TextsComeToRankZero) {
  for (int again = 0; again < 2; again++) {
    std::vector<std::string> expected(static_cast<std::size_t>(size));
    for (int r = 0; rank == 0 && r < size; r++) expected[static_cast<std::size_t>(r)] = text_of(r);
    EXPECT_EQ(gather_texts(*world, text_of(rank)), expected);
  }
}

TEST_F(SizedBySenders, PiecesComeOneAfterAnother) {
  std::vector<int> taken;
  const std::string mine = text_of(rank);
  gather_in_turns(*world, std::as_bytes(std::span(mine)), [&](int r, std::span<const std::byte> piece) {
    taken.push_back(r);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(piece.data()), piece.size()), text_of(r));
  });
  std::vector<int> all(rank == 0 ? static_cast<std::size_t>(size) : 0);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(taken, all);
}

TEST_F(SizedBySenders, WhoCannotTakeAPieceFailsEverywhere) {
  const std::string mine = text_of(rank);
  const auto refuse_last = [&](int r, std::span<const std::byte>) {
    if (r == size - 1) throw IoError("no room for the last piece");
  };
  EXPECT_THROW(gather_in_turns(*world, std::as_bytes(std::span(mine)), refuse_last), IoError);
}

// What rank s sends rank r: its bytes are told by where they lie in the stream.
std::int64_t stream_bytes(int s, int r) { return s == r ? 0 : (7 * s + 3 * r) % 5 * 70'001; }
std::byte stream_byte(int s, int r, std::int64_t at) {
  return static_cast<std::byte>(s * 31 + r * 7 + at * 13 + at / 251);
}

TEST_F(SizedBySenders, StreamsBetweenAllPairsComeInRounds) {
  const auto pool = MemoryPool::create(std::int64_t{64} << 20);
  Failure failure;
  VariableStreams streams(*world);
  std::vector<std::int64_t> came(static_cast<std::size_t>(size));
  std::int64_t most = 0;
  for (int r = 0; r < size; r++) streams.bytes_to()[static_cast<std::size_t>(r)] = stream_bytes(rank, r);
  for (int s = 0; s < size; s++)
    for (int r = 0; r < size; r++) most = std::max(most, stream_bytes(s, r));
  streams.begin(pool, 0, failure);
  EXPECT_EQ(streams.rounds(), ceil_div(most, largest_message(0, size)));
  std::int64_t moved = 0;
  for (auto k = streams.rounds(); k > 0; k--)
    moved += streams
                 .run(
                     [&](int to, std::int64_t offset, std::int64_t bytes, std::byte* at) {
                       for (std::int64_t i = 0; i < bytes; i++) at[i] = stream_byte(rank, to, offset + i);
                     },
                     [&](int from, std::int64_t offset, std::int64_t bytes, const std::byte* at) {
                       EXPECT_EQ(offset, came[static_cast<std::size_t>(from)]);
                       std::int64_t wrong = 0;
                       for (std::int64_t i = 0; i < bytes; i++) wrong += at[i] != stream_byte(from, rank, offset + i);
                       EXPECT_EQ(wrong, 0);
                       came[static_cast<std::size_t>(from)] += bytes;
                     })
                 .bytes;
  std::int64_t all = 0;
  for (int s = 0; s < size; s++) {
    EXPECT_EQ(came[static_cast<std::size_t>(s)], stream_bytes(s, rank));
    all += stream_bytes(s, rank);
  }
  EXPECT_EQ(moved, all);
}

TEST_F(SizedBySenders, ARankThatHasFailedBeforeItsStreamsFailsEverywhere) {
  const auto pool = MemoryPool::create(std::int64_t{64} << 20);
  Failure failure;
  VariableStreams streams(*world);
  for (int r = 0; r < size; r++) streams.bytes_to()[static_cast<std::size_t>(r)] = stream_bytes(rank, r);
  failure.guard([&] {
    if (rank == size - 1) throw ValueError("not mine");
  });
  EXPECT_THROW(streams.begin(pool, 0, failure), ValueError);
}

}  // namespace
}  // namespace tessera

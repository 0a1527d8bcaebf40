// The MPI exchange with segments so small that pieces are cut and windows follow each other, against a simple model.
#include <gtest/gtest.h>
#include <mpi.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <tessera/distributed/mpi_exchange.hpp>
#include <tessera/mpi.hpp>
#include <vector>

namespace tessera {
namespace {

struct World {
  std::unique_ptr<Communicator> ranks = world_communicator();  // initialises MPI under mpirun
  int rank = ranks->rank(), size = ranks->size();
};

/// The bytes of piece `k` from `s` to `r`.
std::vector<std::byte> content(int s, int r, int k, std::int64_t bytes) {
  std::vector<std::byte> v(static_cast<std::size_t>(bytes));
  for (std::size_t i = 0; i < v.size(); i++)
    v[i] = static_cast<std::byte>((static_cast<std::size_t>(7 * s + 13 * r + 31 * k) + i * 17) & 0xff);
  return v;
}

/// sizes[s][r]: the bytes of each piece from s to r, known to all ranks.
using Sizes = std::vector<std::vector<std::vector<std::int64_t>>>;

/// polls: how often it is looked after before it is waited for; a rank may be done by then.
void exchange_and_check(MpiExchange& exchange, const World& world, const Sizes& sizes, int polls = 0) {
  std::vector<std::vector<std::byte>> out, in;
  std::vector<Piece> send, receive;
  const auto me = static_cast<std::size_t>(world.rank);
  // Piece numbers outermost: the pieces of one pair are not neighbours in the list.
  for (int k = 0; k < 200; k++) {
    for (int peer = 0; peer < world.size; peer++) {
      const auto p = static_cast<std::size_t>(peer);
      const auto at = static_cast<std::size_t>(k);
      if (at < sizes[me][p].size()) {
        out.push_back(content(world.rank, peer, k, sizes[me][p][at]));
        send.push_back({peer, out.back().data(), sizes[me][p][at]});
      }
      if (at < sizes[p][me].size()) {
        in.emplace_back(static_cast<std::size_t>(sizes[p][me][at]));
        receive.push_back({peer, in.back().data(), sizes[p][me][at]});
      }
    }
  }
  exchange.begin(send, receive);
  bool done = false;
  for (; polls > 0 && !done; polls--) done = exchange.poll();
  ASSERT_TRUE(!done || !exchange.is_under_way());
  exchange.end();
  ASSERT_FALSE(exchange.is_under_way());
  std::vector<int> next(static_cast<std::size_t>(world.size), 0);
  for (std::size_t i = 0; i < receive.size(); i++) {
    const int k = next[static_cast<std::size_t>(receive[i].peer)]++;
    ASSERT_EQ(in[i], content(receive[i].peer, world.rank, k, receive[i].bytes));
  }
}

RC_GTEST_PROP(MpiExchangeProperty, DeliversEveryByteInOrder, ()) {
  static World world;
  static MpiExchange exchange(MPI_COMM_WORLD, world.rank, world.size, {.oversubscribed = true}, 16);
  const auto n = static_cast<std::size_t>(world.size);
  // All ranks draw the same sizes, because they share the seed.
  Sizes sizes(n, std::vector<std::vector<std::int64_t>>(n));
  for (auto& row : sizes)
    for (auto& pieces : row) {
      const int count = *rc::gen::element(0, 0, 1, 2, 5, 150);
      for (int k = 0; k < count; k++) pieces.push_back(*rc::gen::element<std::int64_t>(0, 1, 15, 16, 17, 64, 1100));
    }
  exchange_and_check(exchange, world, sizes, *rc::gen::element(0, 1, 3, 2000) / (world.rank % 2 + 1));
}

TEST(MpiExchange, MessagesOfSeveralMebibytes) {
  World world;
  MpiExchange exchange(MPI_COMM_WORLD, world.rank, world.size, {.oversubscribed = true}, 1 << 20);
  const auto n = static_cast<std::size_t>(world.size);
  exchange_and_check(exchange, world, Sizes(n, std::vector<std::vector<std::int64_t>>(n, {(3 << 20) + 5, 70})));
}

TEST(MpiExchange, DisagreementOnSizesIsAnErrorAndNotAHang) {
  World world;
  if (world.size == 1) GTEST_SKIP();
  MpiExchange exchange(MPI_COMM_WORLD, world.rank, world.size, {.oversubscribed = true});
  std::vector<std::byte> out(8), in(16);
  const int to = (world.rank + 1) % world.size, from = (world.rank + world.size - 1) % world.size;
  const Piece send{to, out.data(), 8}, receive{from, in.data(), 16};
  exchange.begin({&send, 1}, {&receive, 1});
  EXPECT_THROW(exchange.end(), InternalError);
}

}  // namespace
}  // namespace tessera

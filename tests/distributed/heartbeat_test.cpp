// Ranks that hear of each other while none of them calls MPI, and one that falls silent. Runs on all ranks
// (mpi_main.cpp).
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/datagram_socket.hpp>
#include <tessera/distributed/heartbeat.hpp>
#include <thread>
#include <vector>

namespace tessera {
namespace {

using namespace std::chrono_literals;

constexpr HeartbeatOptions quick{.interval = 0.02, .silence = 1.5, .fan_out = 2};

/// Without MPI: a rank that waits there would notice nothing of what is tested.
template <class F>
bool within(std::chrono::seconds limit, F&& f) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!f()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

class HeartbeatTest : public testing::Test {
 protected:
  std::unique_ptr<Communicator> world = world_communicator();
  const int last = world->size() - 1;
  std::atomic<std::uint64_t> steps{0};
  std::unique_ptr<Heartbeat> beat = std::make_unique<Heartbeat>(*world, quick, [this] {
    return Heartbeat::Doing{steps, "stage " + std::to_string(world->rank())};
  });
  std::shared_ptr<const PeerReport> report = beat->report();
};

TEST_F(HeartbeatTest, EveryRankHearsOfAnyRanksSteps) {
  ASSERT_TRUE(within(20s, [&] { return report->complete.load(); }));
  std::this_thread::sleep_for(300ms);
  world->barrier();
  for (int who = 0; who < world->size(); who++) {
    std::this_thread::sleep_for(300ms);  // what came before has got around
    const std::uint64_t before = report->steps;
    world->barrier();
    if (who == world->rank()) steps += 1000000;
    EXPECT_TRUE(world->size() == 1 || within(20s, [&] { return report->steps != before; })) << "of rank " << who;
    world->barrier();
  }
  EXPECT_FALSE(report->silence());
}

TEST_F(HeartbeatTest, ARankThatStandsStillAsAWholeIsNamedByItsNeighboursAndForgivenLater) {
  if (world->size() == 1) return;  // nobody to tell
  std::vector<std::int64_t> processes(static_cast<std::size_t>(world->size()));
  const std::int64_t mine = getpid();
  world->allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(processes.data()),
                   sizeof mine);
  ASSERT_TRUE(within(20s, [&] { return report->complete.load(); }));
  world->barrier();
  const int parent = (last - 1) / quick.fan_out;
  if (world->rank() == last) raise(SIGSTOP);
  if (world->rank() == parent) {
    EXPECT_TRUE(within(20s, [&] { return report->silence().has_value(); }));
    const Silence silence = report->silence().value_or(Silence{});
    EXPECT_EQ(silence.rank, last);
    EXPECT_EQ(silence.host, host_name());
    EXPECT_GE(silence.seconds, quick.silence);
    EXPECT_EQ(silence.stage, "stage " + std::to_string(last));
    kill(static_cast<pid_t>(processes[static_cast<std::size_t>(last)]), SIGCONT);
    EXPECT_TRUE(within(20s, [&] { return !report->silence().has_value(); }));
  }
  world->barrier();
}

TEST_F(HeartbeatTest, WhoSaysGoodbyeIsNotMissed) {
  ASSERT_TRUE(within(20s, [&] { return report->complete.load(); }));
  world->barrier();
  if (world->rank() == last) beat.reset();
  std::this_thread::sleep_for(std::chrono::duration<double>(2 * quick.silence));
  EXPECT_FALSE(report->silence());
  world->barrier();
}

}  // namespace
}  // namespace tessera

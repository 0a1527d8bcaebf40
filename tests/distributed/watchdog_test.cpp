#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <tessera/core/signs.hpp>
#include <tessera/distributed/watchdog.hpp>
#include <thread>

namespace tessera {
namespace {

using namespace std::chrono_literals;

struct Kennel {
  std::atomic<int> barks{0};
  std::mutex mutex;
  Stall seen;
  Stall last() {
    std::lock_guard lock(mutex);
    return seen;
  }
  Watchdog::Callback callback() {
    return [this](const Stall& stall) {
      std::lock_guard lock(mutex);
      seen = stall;
      barks++;
    };
  }
  bool wait_for_barks(int n) {
    for (int i = 0; i < 500 && barks < n; i++) std::this_thread::sleep_for(10ms);
    return barks >= n;
  }
};

TEST(Watchdog, BarksOncePerStallAndSaysWhereItHappened) {
  Kennel kennel;
  Watchdog dog(0.05, kennel.callback(), 3);
  Watchdog::Watch watch(dog);
  dog.stage("stage 2 of 3: reduce");
  ASSERT_TRUE(kennel.wait_for_barks(1));
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(kennel.barks, 1);
  EXPECT_EQ(kennel.last().rank, 3);
  EXPECT_GE(kennel.last().seconds, 0.05);
  EXPECT_THAT(to_string(kennel.last()), testing::StartsWith("rank 3: no progress for "));
  EXPECT_THAT(to_string(kennel.last()), testing::EndsWith(" in stage 2 of 3: reduce"));

  dog.progress();
  EXPECT_TRUE(kennel.wait_for_barks(2)) << "a second stall is a stall of its own";
}

TEST(Watchdog, IsQuietWhileSomethingMoves) {
  Kennel kennel;
  Watchdog dog(1.0, kennel.callback());
  Watchdog::Watch watch(dog);
  for (int i = 0; i < 30; i++) {
    std::this_thread::sleep_for(50ms);
    dog.progress();
  }
  EXPECT_EQ(kennel.barks, 0);
}

TEST(Watchdog, IsQuietBetweenEvaluations) {
  Kennel kennel;
  Watchdog dog(0.02, kennel.callback());
  std::this_thread::sleep_for(200ms);
  { Watchdog::Watch watch(dog); }
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(kennel.barks, 0);
}

TEST(Watchdog, IsQuietWhileOtherRanksGetOn) {
  Kennel kennel;
  Watchdog dog(1.0, kennel.callback());
  const auto peers = std::make_shared<PeerReport>();
  peers->complete = true;
  dog.follow(peers, "n01");
  Watchdog::Watch watch(dog);
  for (int i = 0; i < 30; i++) {
    std::this_thread::sleep_for(50ms);
    peers->steps++;
  }
  EXPECT_EQ(kennel.barks, 0);
  ASSERT_TRUE(kennel.wait_for_barks(1)) << "none gets on";
  EXPECT_EQ(kennel.last().host, "n01");
}

TEST(Watchdog, ARankThatWaitsIsSparedWhereOthersCannotBeHeard) {
  Kennel kennel;
  Watchdog dog(0.05, kennel.callback());
  dog.follow(std::make_shared<PeerReport>(), "n01");
  Watchdog::Watch watch(dog);
  {
    const WaitingForRanks waiting;
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(kennel.barks, 0);
  }
  EXPECT_TRUE(kennel.wait_for_barks(1)) << "one that works itself is watched";
}

TEST(Watchdog, FilesAndMessagesThatMoveAreProgress) {
  Kennel kennel;
  Watchdog dog(1.0, kennel.callback());
  Watchdog::Watch watch(dog);
  for (int i = 0; i < 30; i++) {
    std::this_thread::sleep_for(50ms);
    note_moved();
  }
  EXPECT_EQ(kennel.barks, 0);
}

TEST(Watchdog, NamesASilentHostLongBeforeTheLimit) {
  Kennel kennel;
  Watchdog dog(1000, kennel.callback(), 0);
  const auto peers = std::make_shared<PeerReport>();
  dog.follow(peers, "n01");
  Watchdog::Watch watch(dog);
  dog.stage("stage 1 of 2: read");
  peers->set_silence(Silence{5, "n02", 12.5, "stage 1 of 2: read x"});
  ASSERT_TRUE(kennel.wait_for_barks(1));
  const std::string text = to_string(kennel.last());
  for (const char* part : {"rank 0 on n01", "rank 5 on n02", "12.5 s", "read x", "stage 1 of 2: read"})
    EXPECT_THAT(text, testing::HasSubstr(part));
  std::this_thread::sleep_for(1500ms);
  EXPECT_EQ(kennel.barks, 1) << "once";
}

TEST(Watchdog, BearsASilenceForAsLongAsItIsToldAndNoShortLimitOvertakesIt) {
  Kennel kennel;
  std::atomic<int> told{0};
  Watchdog dog(0.1, kennel.callback(), 0);
  const auto peers = std::make_shared<PeerReport>();
  dog.follow(peers, "n01", [&](const Stall&) {
    told++;
    return 20.0;
  });
  peers->set_silence(Silence{5, "n02", 12, {}});
  {
    Watchdog::Watch watch(dog);
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(kennel.barks, 0);
    peers->set_silence(Silence{5, "n02", 31, {}});
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(kennel.barks, 0);
    peers->set_silence(Silence{5, "n02", 32.5, {}});
    ASSERT_TRUE(kennel.wait_for_barks(1));
    EXPECT_TRUE(kennel.last().silence.has_value());
    EXPECT_EQ(told, 1);
  }
}

TEST(Watchdog, OffHasNoThreadAndDoesNothing) {
  Watchdog dog(0, [](const Stall&) { FAIL(); });
  Watchdog::Watch watch(dog);
  dog.stage("x");
  dog.progress();
}

TEST(Watchdog, EndsAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  {
    Watchdog dog(1000, [](const Stall&) {});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
}

}  // namespace
}  // namespace tessera

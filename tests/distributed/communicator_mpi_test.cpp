// A communicator from the caller's MPI_Comm: what is the caller's stays untouched.
#include <gtest/gtest.h>
#include <mpi.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <tessera/mpi.hpp>
#include <thread>
#include <vector>

namespace tessera {
namespace {

std::byte* bytes_of(void* p) { return static_cast<std::byte*>(p); }

TEST(MpiCommunicator, OfASubgroupOfRanks) {
  const auto world = world_communicator();
  MPI_Comm half = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, world->rank() % 2, -world->rank(), &half);
  const auto ranks = mpi_communicator(half);
  MPI_Comm_free(&half);  // the caller's: gone, and nothing depends on it

  std::vector<int> members(static_cast<std::size_t>(ranks->size()));
  const int mine = world->rank();
  ranks->allgather(reinterpret_cast<const std::byte*>(&mine), bytes_of(members.data()), sizeof mine);
  EXPECT_EQ(members[static_cast<std::size_t>(ranks->rank())], world->rank());
  for (const int member : members) EXPECT_EQ(member % 2, world->rank() % 2);
  const IoError failure("odd");
  if (world->rank() % 2 == 1) {
    EXPECT_THROW(ranks->agree(&failure), IoError);
  } else {
    EXPECT_NO_THROW(ranks->agree(nullptr));
  }
}

TEST(MpiCommunicator, LeavesTheCallersMessagesAndErrorHandlerAlone) {
  const auto world = world_communicator();
  MPI_Comm mine = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &mine);
  MPI_Errhandler before = MPI_ERRHANDLER_NULL, after = MPI_ERRHANDLER_NULL;
  MPI_Comm_get_errhandler(mine, &before);
  int to = (world->rank() + 1) % world->size(), payload = world->rank(), got = -1;
  MPI_Request pending = MPI_REQUEST_NULL;
  MPI_Irecv(&got, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, mine,
            &pending);  // would swallow our messages if we shared `mine`

  const auto ranks = mpi_communicator(mine);
  int out = 42, in = 0;
  const Piece send{to, bytes_of(&out), sizeof out};
  const Piece receive{(world->rank() + world->size() - 1) % world->size(), bytes_of(&in), sizeof in};
  ranks->exchange({&send, 1}, {&receive, 1});

  EXPECT_EQ(in, 42);
  MPI_Send(&payload, 1, MPI_INT, to, 5, mine);
  MPI_Wait(&pending, MPI_STATUS_IGNORE);
  EXPECT_EQ(got, receive.peer);
  MPI_Comm_get_errhandler(mine, &after);
  EXPECT_EQ(before, after);
  MPI_Errhandler_free(&before);
  MPI_Errhandler_free(&after);
  MPI_Comm_free(&mine);
}

TEST(MpiCommunicator, TwoSideBySideDoNotMix) {
  const auto a = mpi_communicator(MPI_COMM_WORLD), b = mpi_communicator(MPI_COMM_WORLD);
  const IoError failure("only in a");
  a->announce_failure();
  while (!a->failure_announced()) {
  }
  EXPECT_FALSE(b->failure_announced());
  EXPECT_NO_THROW(b->agree(nullptr));
  EXPECT_THROW(a->agree(&failure), IoError);
}

TEST(MpiCommunicator, ThousandsOneAfterAnotherDoNotUseUpMpisCommunicators) {
  const auto world = world_communicator();
  for (int i = 0; i < 3000; i++) {
    const auto ranks = mpi_communicator(MPI_COMM_WORLD);
    ASSERT_EQ(ranks->size(), world->size());
  }
}

TEST(MpiCommunicator, DestructionIsLocal) {
  const auto world = world_communicator();
  auto ranks = mpi_communicator(MPI_COMM_WORLD);
  if (world->rank() == 0) ranks.reset();
  world->barrier();                                // would hang if the destructor waited for the others
  auto second = mpi_communicator(MPI_COMM_WORLD);  // parked on rank 0 only: all must take a new one
  EXPECT_NO_THROW(second->agree(nullptr));
  ranks.reset();
}

TEST(MpiCommunicator, OneThatFailedHalfwayIsNotUsedAgain) {
  {
    const auto ranks = mpi_communicator(MPI_COMM_WORLD);
    if (ranks->rank() == 0) ranks->announce_failure();  // and nobody agrees
  }
  const auto next = mpi_communicator(MPI_COMM_WORLD);
  next->barrier();
  EXPECT_FALSE(next->failure_announced());
}

TEST(MpiCommunicator, RefusesWhatItCannotUse) {
  EXPECT_THROW(static_cast<void>(mpi_communicator(MPI_COMM_NULL)), UsageError);
}

/// Destroyed after main has returned and MPI_Finalize has run.
std::unique_ptr<Communicator> survivor;
/// Threads that leave no core idle while they live.
class BusyCores {
 public:
  BusyCores() {
    for (unsigned i = 0; i < std::thread::hardware_concurrency(); i++)
      threads_.emplace_back([this] {
        while (!done_.load(std::memory_order_relaxed)) {
        }
      });
  }
  ~BusyCores() {
    done_ = true;
    for (auto& thread : threads_) thread.join();
  }
  BusyCores(const BusyCores&) = delete;
  BusyCores& operator=(const BusyCores&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::vector<std::thread> threads_;
};

// A rank that only yields there gives the others whole time slices for each look. Who sleeps gives the core away by itself, which the
// system counts apart from yields.
TEST(MpiCommunicator, WhoWaitsOnCoresThatOthersWantSleeps) {
  const auto world = world_communicator();
  if (world->size() == 1) GTEST_SKIP() << "one rank waits for nobody";
  if (world->size() > static_cast<int>(std::thread::hardware_concurrency()))
    GTEST_SKIP() << "ranks that share cores with each other yield them";
  const auto slept = [] {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_nvcsw;
  };
  const BusyCores busy;
  world->barrier();
  const auto before = slept();
  for (int i = 0; i < 20; i++) {
    if (world->rank() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    world->barrier();
  }
  if (world->rank() == 0) return;
  EXPECT_GE(slept() - before, 5);  // who only yields: none
}

TEST(MpiCommunicator, MayOutliveMpi) { survivor = mpi_communicator(MPI_COMM_WORLD); }

}  // namespace
}  // namespace tessera

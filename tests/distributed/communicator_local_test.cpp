// Pure parts of the communicators: lanes of pieces, and what the environment says about the launcher.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <tessera/distributed/communicator_launcher.hpp>
#include <tessera/distributed/communicator_pieces.hpp>

namespace tessera {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::vector<std::pair<int, std::vector<int>>> lanes_of(const std::vector<Piece>& pieces, int self, int size,
                                                       bool ascending, std::int64_t limit) {
  std::vector<std::int32_t> order;
  std::vector<Lane> lanes;
  make_lanes(pieces, self, size, ascending, limit, order, lanes);
  std::vector<std::pair<int, std::vector<int>>> seen;
  for (Lane& lane : lanes) {
    seen.push_back({lane.peer(), {}});
    while (!lane.done()) seen.back().second.push_back(lane.next().bytes);
  }
  return seen;
}

TEST(Lanes, CutPiecesAndLeaveOutEmptyOnes) {
  std::byte b{};
  EXPECT_THAT(lanes_of({{2, &b, 5}, {1, &b, 3}, {2, &b, 0}, {2, &b, 9}}, 0, 3, true, 4),
              ElementsAre(Pair(1, ElementsAre(3)), Pair(2, ElementsAre(4, 1, 4, 4, 1))));
}

TEST(Lanes, StartBesideTheRankAndGoRound) {
  std::byte b{};
  const std::vector<Piece> all{{0, &b, 1}, {1, &b, 1}, {2, &b, 1}, {3, &b, 1}};
  EXPECT_THAT(lanes_of(all, 2, 4, true, 9), ElementsAre(Pair(3, testing::_), Pair(0, testing::_), Pair(1, testing::_)));
  EXPECT_THAT(lanes_of(all, 2, 4, false, 9),
              ElementsAre(Pair(1, testing::_), Pair(0, testing::_), Pair(3, testing::_)));
}

TEST(Lanes, CountsBeyondTwoGibibytesAreCut) {
  std::byte b{};
  const std::int64_t gibibyte = std::int64_t{1} << 30;
  EXPECT_THAT(lanes_of({{1, &b, 5 * gibibyte + 3}}, 0, 2, true, gibibyte),
              ElementsAre(Pair(1, ElementsAre(1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 30, 3))));
}

EnvironmentLookup variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> const char* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  };
}

TEST(Launcher, NothingInTheEnvironmentIsOneProcess) {
  const Launcher launcher = detect_launcher(variables({}));
  EXPECT_EQ(launcher, Launcher{});
  EXPECT_NO_THROW(refuse_split_world(launcher, 1, true));
  EXPECT_NO_THROW(refuse_split_world(launcher, 1, false));
}

TEST(Launcher, MpirunsCountWinsOverSlurms) {
  const Launcher launcher = detect_launcher(
      variables({{"OMPI_COMM_WORLD_SIZE", "1"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "1"}, {"SLURM_STEP_NUM_TASKS", "4"}}));
  EXPECT_TRUE(launcher.present);
  EXPECT_EQ(launcher.processes, 1);
  EXPECT_NO_THROW(refuse_split_world(launcher, 1, true));
}

TEST(Launcher, SrunWithoutPmixIsRefused) {
  const Launcher launcher = detect_launcher(variables({{"SLURM_STEP_NUM_TASKS", "8"}}));
  EXPECT_FALSE(launcher.present);
  try {
    refuse_split_world(launcher, 1, true);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("srun --mpi=pmix"));
    EXPECT_THAT(error.what(), HasSubstr("8 processes"));
  }
}

TEST(Launcher, SrunWithPmixIsFine) {
  const Launcher launcher = detect_launcher(variables({{"SLURM_STEP_NUM_TASKS", "8"}, {"PMIX_RANK", "3"}}));
  EXPECT_TRUE(launcher.present);
  EXPECT_NO_THROW(refuse_split_world(launcher, 8, true));
  EXPECT_THROW(refuse_split_world(launcher, 1, true), UsageError) << "MPI does not speak this PMI";
}

TEST(Launcher, MpirunOfABuildWithoutMpiIsRefused) {
  const Launcher launcher = detect_launcher(variables({{"OMPI_COMM_WORLD_SIZE", "2"}}));
  EXPECT_THROW(refuse_split_world(launcher, 1, false), UsageError);
}

}  // namespace
}  // namespace tessera

// How often a sort reads what it sorts in little memory: for a sample (of few tiles all), to count, to move. Different
// elements are counted by digits in between.
#include <gtest/gtest.h>

#include <algorithm>

#include <tessera/tessera.hpp>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

class SortWalks : public ::testing::Test {
 protected:
  Session session{SessionOptions{.memory = 7 << 20, .threads = 2, .whole_process = false}};
  const SharedFolder folder{session.communicator()};

  /// How often the file of x is read; the result against the standard library's.
  double reads(const Array& values) {
    const std::string in = folder.file("in.h5:/x"), out = folder.file("out.h5:/x");
    session.compute({write(values, in)}, {.force = true});
    const Array x = session.open(in), sorted = sort(x);
    EXPECT_NE(session.explain({write(sorted, out)}).find("groups"), std::string::npos);
    session.compute({write(sorted, out)}, {.force = true});
    const double times = static_cast<double>(session.statistics().bytes_read) / static_cast<double>(8 * x.size());
    Session free{SessionOptions{.threads = 2, .whole_process = false}};
    std::vector<double> expected = free.values<double>(free.open(in));
    const std::vector<double> got = free.values<double>(free.open(out));
    if (free.rank() == 0) {  // all have the same
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(got, expected);
    }
    return times;
  }
  Array drawn() { return uniform({600'000 * session.size()}, 0, 1, {.seed = 4, .chunks = {30'000}}); }
};

TEST_F(SortWalks, OfFewDifferentElements) {
  EXPECT_LE(reads(floor(drawn() * 7.0)), 3);
  EXPECT_LE(reads(floor(drawn() * 100.0)), 3);
  EXPECT_LE(reads(where(drawn() < 0.9, 0.0, drawn())), 5);  // some parts among equals, others not
  EXPECT_LE(reads(drawn() * 0.0), 3);
}

TEST_F(SortWalks, OfDifferentElements) { EXPECT_LE(reads(drawn()), 5); }

}  // namespace
}  // namespace tessera::testing

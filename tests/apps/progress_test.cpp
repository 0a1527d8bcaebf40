// The line that says how far a run is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../apps/tessera/progress.hpp"

namespace tessera::command {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SessionOptions::Progress stage_two() {
  SessionOptions::Progress p;
  p.stage = 2, p.stages = 3, p.name = "mean of x";
  p.seconds = 1000;  // the first stage took nearly all of it
  return p;
}

TEST(ProgressLine, TimeLeftIsOfThisStepsPace) {
  SessionOptions::Progress p = stage_two();
  p.done = 1, p.total = 4, p.step_seconds = 10;
  EXPECT_EQ(progress_line(p, false), "2/3 mean of x   25 %, 0:30 left");
}

TEST(ProgressLine, OfAnExchangeCountsItsBytes) {
  SessionOptions::Progress p = stage_two();
  p.exchanging = true, p.done = 1 << 20, p.total = 100 << 20, p.step_seconds = 1;
  EXPECT_EQ(progress_line(p, false), "2/3 mean of x    1 %  exchanging, 1 MiB of 100 MiB, 1:39 left");
  p.done = 0;
  EXPECT_THAT(progress_line(p, false), HasSubstr("  0 %  exchanging, 0 B of 100 MiB"));
  EXPECT_THAT(progress_line(p, false), Not(HasSubstr("left"))) << "nothing is known yet";
}

TEST(ProgressLine, SaysNothingOfTimeBeforeTheStepHasAPace) {
  SessionOptions::Progress p = stage_two();
  p.done = 1, p.total = 1000, p.step_seconds = 0.01;
  EXPECT_THAT(progress_line(p, false), Not(HasSubstr("left")));
}

}  // namespace
}  // namespace tessera::command

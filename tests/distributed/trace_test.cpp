// A trace by itself: its room is bounded, and what had no room is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/trace.hpp>

namespace tessera {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string written(const Trace& trace, Communicator& comm) {
  const auto file = std::filesystem::path(testing::TempDir()) / "trace_test.json";
  trace.write(comm, file.string());
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::filesystem::remove(file);
  return text.str();
}

TEST(Trace, SpansOfALane) {
  const auto comm = self_communicator();
  Trace trace(*comm, MemoryPool::create(0), 1);
  const int stage = trace.add_stages({"first", "a \"quoted\" name"});
  {
    const TraceSpan outer(trace.evaluation(), Activity::stage, stage + 1);
    const TraceSpan inner(trace.worker(0), Activity::read, stage + 1, 4096);
    const TraceSpan none(nullptr, Activity::write);
  }
  const auto events = trace.evaluation()->events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_LE(events[0].begin, trace.worker(0)->events()[0].begin);
  EXPECT_GE(events[0].end, trace.worker(0)->events()[0].end);
  EXPECT_EQ(trace.worker(1), nullptr);
  const std::string text = written(trace, *comm);
  EXPECT_THAT(text, HasSubstr(R"("name":"a \"quoted\" name","pid":0,"tid":0)"));
  EXPECT_THAT(text, HasSubstr(R"("args":{"stage":2,"bytes":4096})"));
  EXPECT_THAT(text, Not(HasSubstr("truncated")));
}

TEST(Trace, RoomIsBoundedAndSaysSo) {
  const auto comm = self_communicator();
  const auto pool = MemoryPool::create(0);
  Trace trace(*comm, pool, 3);
  EXPECT_LE(pool->statistics().in_use, 4 << 20);
  for (int i = 0; i < 100000; i++) trace.worker(2)->add({i, i + 1, 0, -1, Activity::tile});
  const auto room = static_cast<std::int64_t>(trace.worker(2)->events().size());
  EXPECT_GT(trace.worker(2)->dropped(), 0);
  EXPECT_EQ(room + trace.worker(2)->dropped(), 100000);
  EXPECT_THAT(written(trace, *comm), HasSubstr("truncated: " + std::to_string(100000 - room) + " more spans"));
}

TEST(Trace, TakesItsMemoryFromTheBudget) {
  const auto comm = self_communicator();
  EXPECT_THROW(Trace(*comm, MemoryPool::create(64 << 10), 2), MemoryBudgetError);
}

TEST(Trace, AFolderThatIsNotThere) {
  const auto comm = self_communicator();
  EXPECT_THROW(Trace(*comm, MemoryPool::create(0), 1).write(*comm, "/nowhere/at/all.json"), IoError);
}

}  // namespace
}  // namespace tessera

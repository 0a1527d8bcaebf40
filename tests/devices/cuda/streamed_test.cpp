// Arrays that are larger than the GPU's budget go through it: tiles are read into pinned memory, sent in a stream, computed in another,
// brought back in a third and written, while the ones before and after are under way. What may overlap is seen in what the simulated
// driver was given; that every wait between the streams is needed, by leaving each kind of them out.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>

#include <tessera/tessera.hpp>

#include "simulated_driver.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mib = 1 << 20;

/// What is known to be done: of each stream, how many of its operations.
using Clock = std::map<int, int>;
void merge(Clock& into, const Clock& from) {
  for (const auto& [stream, n] : from) into[stream] = std::max(into[stream], n);
}

/// A copy or a launch: its place in its stream, and what must be done before it.
struct Operation {
  Entry entry;
  int number;           ///< in its stream, from 1
  Clock before, known;  ///< done before it by the streams' waits; known to the host when it was given
  bool comes_after(const Operation& o) const {
    const auto at = before.find(o.entry.stream);
    return at != before.end() && at->second >= o.number;
  }
  bool given_before_the_host_waited_for(const Operation& o) const {
    const auto at = known.find(o.entry.stream);
    return at == known.end() || at->second < o.number;
  }
};

std::map<Given, std::vector<Operation>> operations(const std::vector<Entry>& entries) {
  std::map<Given, std::vector<Operation>> all;
  std::map<int, Clock> streams, marks;
  Clock host;
  for (const Entry& e : entries) {
    Clock& mine = streams[e.stream];
    if (e.what == Given::record) marks[e.mark] = mine;
    if (e.what == Given::stream_waits) merge(mine, marks[e.mark]);
    if (e.what == Given::host_waits) merge(host, marks[e.mark]);
    if (e.what == Given::host_waits_for_stream) merge(host, streams[e.of]);
    if (e.what != Given::send && e.what != Given::bring && e.what != Given::launch) continue;
    const Clock before = mine;
    all[e.what].push_back({e, ++mine[e.stream], before, host});
  }
  return all;
}

class Streamed : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    plain = new Session(SessionOptions{.memory = 256 * mib, .threads = 1, .device = "cpu"});
    std::string number = std::to_string(getpid());
    plain->communicator().broadcast(number, 0);
    folder = fs::temp_directory_path() / ("tessera_streamed_" + number);
    if (plain->rank() == 0) fs::create_directories(folder);
    plain->communicator().barrier();
    plain->compute({write(uniform(shape, -300, 300, {.seed = 1, .chunks = shape}), file("input"))}, {.force = true});
  }
  static void TearDownTestSuite() {
    plain->communicator().barrier();
    if (plain->rank() == 0) fs::remove_all(folder);
    delete plain;
  }
  static SessionOptions options(std::int64_t device_memory) {
    return {.memory = 64 * mib, .threads = 1, .device = "cuda", .device_memory = device_memory};
  }
  static std::string file(const char* name) { return (folder / (std::string(name) + ".npy")).string(); }
  static Array made(Session& s) { return abs(s.open(file("input"))) * 3.0 + 1.0; }
  static std::vector<double> written(Session& s) {
    s.compute({write(made(s), file("output"))}, {.force = true});
    return plain->values<double>(plain->open(file("output")));
  }

  static constexpr std::int64_t small = 6 * mib;  // where tiles are of 1 MiB and less
  static inline const Shape shape{480, 1024};     // 3.75 MiB: eight of them, on one rank
  static inline Session* plain = nullptr;
  static inline fs::path folder;
};

TEST_F(Streamed, ArraysLargerThanTheBudgetGoThroughPinnedMemory) {
  const std::int64_t device_memory = 3 * mib + mib / 2;
  Session session(options(device_memory));
  EXPECT_EQ(written(session), plain->values<double>(made(*plain)));
  const Statistics s = session.statistics();
  EXPECT_LE(s.peak_device_bytes, device_memory);
  EXPECT_GT(s.peak_device_bytes, 0);
  EXPECT_GT(s.peak_pinned_bytes, 0);
  EXPECT_LE(s.peak_pinned_bytes, s.peak_bytes);
  EXPECT_LE(s.peak_bytes, s.projected_bytes);
  EXPECT_LE(s.peak_device_bytes, s.projected_device_bytes);
}

// The host's own memory is sent the same way, also what lies there in strides.
TEST_F(Streamed, ArraysOfTheHostGoThroughIt) {
  Session session(options(3 * mib + mib / 2));
  const std::int64_t rows = shape[0] / session.size() + 1, lo = std::min(shape[0], session.rank() * rows);
  const Box block{{lo, 0}, {std::min(shape[0], lo + rows) - lo, shape[1]}};
  std::vector<double> memory(static_cast<std::size_t>(block.extent[0] * 2 * shape[1]));
  for (std::int64_t i = 0; i < block.extent[0]; i++)
    for (std::int64_t j = 0; j < shape[1]; j++)
      memory[static_cast<std::size_t>((2 * i + 1) * shape[1] + j)] = static_cast<double>((lo + i) * 1000 + j);
  const auto array = [&](Session& s) {
    const double* first = block.empty() ? nullptr : memory.data() + shape[1];
    return s.from_local(first, shape, block, {2 * 8 * shape[1], 8});
  };
  const auto expected = plain->values<double>(sum(array(*plain) * 2.0 + 1.0, {.axis = {0}}));
  EXPECT_EQ(session.values<double>(sum(array(session) * 2.0 + 1.0, {.axis = {0}})), expected);
  EXPECT_GT(session.statistics().peak_pinned_bytes, 0);
  EXPECT_LE(session.statistics().peak_device_bytes, 3 * mib + mib / 2);
}

// Arrays in memory that the GPU has no room for lie in the host's, and go through the GPU again where they are used.
TEST_F(Streamed, ResultsLargerThanTheBudgetAreTheHosts) {
  const std::int64_t device_memory = 3 * mib + mib / 2;
  Session session(options(device_memory));
  if (session.size() == 1) {
    EXPECT_NE(session.explain({persist(made(session))}).find("in the host's memory"), std::string::npos);
  }
  const Array x = session.persist(made(session)), y = plain->persist(made(*plain));
  EXPECT_EQ(session.values<double>(x), plain->values<double>(y));
  EXPECT_LE(session.statistics().peak_device_bytes, device_memory);
  EXPECT_NE(session.explain({gather(sum(sqrt(x)))}).find("on       cuda"), std::string::npos);
  EXPECT_EQ(session.values<double>(sum(sqrt(x) + x, {.axis = {1}})),
            plain->values<double>(sum(sqrt(y) + y, {.axis = {1}})));
  EXPECT_LE(session.statistics().peak_device_bytes, device_memory);
  // Where there is room for it, an array stays on the GPU.
  Session large(options(64 * mib));
  EXPECT_EQ(large.explain({persist(made(large))}).find("in the host's memory"), std::string::npos);
}

TEST_F(Streamed, TheNextTileIsSentAndTheLastBroughtWhileOneIsComputed) {
  Session session(options(small));
  const Simulated simulated;
  if (!simulated) GTEST_SKIP() << "a GPU that does not say what it was given";
  const std::string plan = session.explain({write(made(session), file("output"))});
  EXPECT_NE(plan.find("while the next is sent"), std::string::npos) << plan;
  EXPECT_NE(plan.find("crosses  3.75 MiB to the device, 3.75 MiB back"), std::string::npos) << plan;
  written(session);  // compiles the kernel
  simulated.begin_log();
  written(session);
  const auto all = operations(simulated.logged());
  if (!all.count(Given::send)) GTEST_SKIP() << "the file is one chunk, of another rank";
  const auto &sends = all.at(Given::send), &launches = all.at(Given::launch), &brings = all.at(Given::bring);
  const std::size_t tiles = sends.size();
  ASSERT_GE(tiles, 7u);
  ASSERT_EQ(launches.size(), tiles);
  ASSERT_EQ(brings.size(), tiles);
  const std::set<int> streams{sends[0].entry.stream, launches[0].entry.stream, brings[0].entry.stream};
  EXPECT_EQ(streams.size(), 3u);
  for (std::size_t t = 0; t < tiles; t++) {
    EXPECT_TRUE(sends[t].entry.pinned) << t;
    EXPECT_TRUE(brings[t].entry.pinned) << t;
    EXPECT_TRUE(launches[t].comes_after(sends[t])) << t;
    EXPECT_TRUE(brings[t].comes_after(launches[t])) << t;
    if (t + 1 == tiles) break;
    EXPECT_TRUE(sends[t + 1].given_before_the_host_waited_for(launches[t])) << t;
    EXPECT_TRUE(launches[t + 1].given_before_the_host_waited_for(brings[t])) << t;
    EXPECT_FALSE(sends[t + 1].comes_after(launches[t])) << t;
    EXPECT_FALSE(launches[t + 1].comes_after(brings[t])) << t;
    if (t + 2 < tiles) {
      EXPECT_TRUE(sends[t + 2].comes_after(launches[t])) << "over what a kernel still reads: " << t;
      EXPECT_TRUE(launches[t + 2].comes_after(brings[t])) << "over what still goes back: " << t;
    }
  }
}

// Six kinds of waits: of kernels for what is sent, of what is sent for kernels before it, of what is brought for kernels, of kernels for
// what is brought; of the host for what it sends and for what it writes.
TEST_F(Streamed, WithoutAnyKindOfWaitSomeScheduleShowsIt) {
  Session session(options(small));
  const Simulated simulated;
  if (!simulated || session.size() > 1) GTEST_SKIP() << "what one rank of a simulated GPU shows";
  const auto run = [&] {
    return std::pair(written(session), session.values<double>(sum(made(session), {.axis = {1}})));
  };
  const auto expected = run();
  simulated.begin_log();
  run();
  const auto kinds = simulated.waits();
  EXPECT_EQ(kinds.size(), 6u);
  for (const auto& kind : kinds) {
    EXPECT_TRUE(simulated.shows(kind, run, expected)) << kind.second << " waits for " << kind.first;
    EXPECT_EQ(run(), expected);
  }
}

}  // namespace
}  // namespace tessera::testing

// Files' chunks decide the walk: compressed chunks are decoded once where the budget has room, between files of any two
// chunkings everything arrives, and what a budget changes is how often a chunk is decoded, never a bit. Decodings are
// counted by the bytes that are read: a chunk's come each time.
#include <gmock/gmock.h>

#include <unistd.h>

#include <filesystem>
#include <tessera/core/graph/node.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mib = 1 << 20;

class FileWalk : public ::testing::Test {
 protected:
  void SetUp() override {
    Session s;
    std::string unique = std::to_string(::getpid());
    s.communicator().broadcast(unique, 0);
    folder_ = fs::temp_directory_path().string() + "/tessera-walk-" + unique;
    if (s.rank() == 0) fs::create_directories(folder_);
    s.communicator().barrier();
  }
  void TearDown() override {
    Session s;
    s.communicator().barrier();
    if (s.rank() == 0) fs::remove_all(folder_);
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  std::string folder_;
};

Session session_of(std::int64_t memory, int threads, const std::string& scratch = "none") {
  return Session(SessionOptions{.memory = memory, .threads = threads, .whole_process = false, .scratch = scratch});
}

Sink to(const std::string& target, const Array& x, const Dims& chunks, const std::string& filters = {}) {
  Sink s = write(x, target);
  s.chunks = chunks;
  s.compress = filters;
  return s;
}

std::int64_t stored_bytes(const Array& x) { return as_source(*x.node()).store()->info().stored_bytes; }

// In MiB, as the error names it for these sinks.
std::int64_t named_budget(const std::vector<Sink>& sinks, int threads) {
  Session tiny = session_of(64 << 10, threads);
  try {
    tiny.compute(sinks, {.force = true});
  } catch (const MemoryBudgetError& e) {
    const std::string text = e.what(), option = "option 'memory' ";
    return std::stoll(text.substr(text.find(option) + option.size()));
  }
  return 1;
}

// Columns of several chunks, each much larger than a tile, of which a part of the kept axis is walked at a time.
TEST_F(FileWalk, TheBudgetThatIsNamedDecodesOnce) {
  Session s;
  const Array x = floor(uniform({3 * 8192, 64}, 0, 50, {.seed = 7, .chunks = {8192, 64}}));
  s.compute(to(file("x.h5:/x"), x, {8192, 64}, "gzip:1"));
  const Array y = s.open(file("x.h5:/x"));
  const auto jobs = [&] {
    return std::vector<std::vector<Sink>>{{gather(std(y, {.axis = {0}}))},
                                          {gather(sum(sqrt(y) + y)), gather(max(y, {.axis = {1}}))},
                                          {to(file("z.h5:/z"), y * 2.0, {64, 64})},
                                          {gather(std(y, {.axis = {0}})), to(file("z.h5:/z"), y * 2.0, {8192, 64})}};
  }();
  int in_blocks = 0;
  for (std::size_t k = 0; k < jobs.size(); k++)
    for (const int threads : {1, 2}) {
      Session most = session_of(std::int64_t{1} << 30, threads);
      const auto expected = most.compute(jobs[k], {.force = true});
      EXPECT_EQ(most.statistics().bytes_read, stored_bytes(y));
      const std::int64_t named = named_budget(jobs[k], threads) * mib;
      Session least = session_of(named, threads);
      const auto got = least.compute(jobs[k], {.force = true});
      EXPECT_EQ(least.statistics().bytes_read, stored_bytes(y)) << k << "\n" << least.explain(jobs[k]);
      EXPECT_EQ(least.statistics().decodings, 1.0) << k;
      EXPECT_LE(least.statistics().peak_bytes, named);
      in_blocks += k != 2 && least.explain(jobs[k]).find("    blocks   ") != std::string::npos;
      for (std::size_t r = 0; r < got.size(); r++)
        if (jobs[k][r].kind == Sink::Kind::gather) {
          EXPECT_TRUE(std::ranges::equal(got[r].bytes(), expected[r].bytes())) << k;
        }
    }
  EXPECT_GT(in_blocks, 0);
}

// What must be decoded again is counted, and said by explain.
TEST_F(FileWalk, DecodingAgainIsSaid) {
  Session s = session_of(4 * mib, 1);
  const Array x = floor(uniform({128, 4096}, 0, 50, {.seed = 7}));
  s.compute(to(file("x.h5:/x"), x, {4, 4096}, "gzip:1"));
  const Array y = s.open(file("x.h5:/x"));
  const std::vector<Sink> sinks{to(file("z.h5:/z"), y, {128, 64}, "gzip:1")};
  Session free = session_of(64 * mib, 1);
  free.compute(sinks);
  if (s.size() == 1) {  // several ranks have each their part of every chunk
    EXPECT_EQ(free.statistics().bytes_read, stored_bytes(y));
    EXPECT_EQ(free.explain(sinks).find("is decoded"), std::string::npos);
  }
  Session small = session_of(named_budget(sinks, 1) * mib, 1);
  small.compute(sinks, {.force = true});
  const double times = static_cast<double>(small.statistics().bytes_read) / static_cast<double>(stored_bytes(y));
  EXPECT_GT(times, 1.5);
  EXPECT_DOUBLE_EQ(small.statistics().decodings, times);
  EXPECT_THAT(small.explain(sinks), ::testing::HasSubstr("is decoded"));
  EXPECT_TRUE(s.item<bool>(all(s.open(file("z.h5:/z")) == x)));
}

// Through a scratch file, to which each rank decodes the chunks that its blocks need once.
TEST_F(FileWalk, ThroughScratch) {
  Session s = session_of(8 * mib, 1);
  const Array x = floor(uniform({130, 4100}, 0, 50, {.seed = 7}));
  s.compute(to(file("x.h5:/x"), x, {4, 4100}, "gzip:1"));
  const Array y = s.open(file("x.h5:/x"));
  for (const Array& a : {y, flip(y)})
    for (const int threads : {1, 3}) {
      const std::vector<Sink> sinks{to(file("z.h5:/z"), a, {130, 64}, "gzip:1")};
      Session small = session_of(3 * mib, threads, "/tmp");
      EXPECT_THAT(small.explain(sinks), ::testing::HasSubstr("from a scratch file"));
      small.compute(sinks, {.force = true});
      const Statistics& of = small.statistics();
      EXPECT_EQ(of.scratch_bytes, x.bytes());
      EXPECT_LE(of.peak_bytes, of.projected_bytes);
      EXPECT_LE(of.bytes_read, stored_bytes(y) * s.size());
      if (s.size() == 1) {
        EXPECT_EQ(of.bytes_read, stored_bytes(y));
        EXPECT_EQ(of.decodings, 1);
      }
      EXPECT_TRUE(s.item<bool>(all(s.open(file("z.h5:/z")) == a)));
    }
}

// Tiles that lie within the chunks of the source would write half a row of the target at a time.
TEST_F(FileWalk, TilesBetweenPlainFilesTakeWholeRows) {
  Session s = session_of(64 * mib, 2);
  const Array x = uniform({64, 128, 512}, 0, 1, {.seed = 3});
  s.compute(to(file("x.h5:/x"), x, {8, 128, 256}));
  const Array y = s.open(file("x.h5:/x"));
  const Sink sink = to(file("z.h5:/z"), y, {64, 16, 512});
  EXPECT_THAT(s.explain({sink}), ::testing::ContainsRegex("tiles    [0-9]+ of .[0-9]+, [0-9]+, 512.,"));
  s.compute(sink);
  EXPECT_EQ(s.statistics().bytes_read, x.bytes());
  EXPECT_TRUE(s.item<bool>(all(s.open(file("z.h5:/z")) == x)));
}

// Ragged chunks that lie across one another, turned, flipped and cast, plain and compressed on either side.
TEST_F(FileWalk, EveryElementArrives) {
  Session s;
  const Array x = uniform({30, 23, 14}, 0, 1, {.seed = 5});
  const std::vector<Dims> sources{{30, 23, 1}, {1, 23, 14}, {7, 5, 14}}, targets{{3, -1, 1}, {9, 4, 5}};
  unsigned turn = 0;
  for (const std::string filters : {"", "gzip:1"})
    for (const Dims& from : sources) {
      const std::string source = file("x" + std::to_string(turn) + ".h5:/x");
      s.compute(to(source, x, from, filters));
      const Array y = s.open(source);
      for (const Array& a : {y, permute_dims(y, {2, 0, 1}), y[{Slice{27, 1, -1}, Slice{2, 20, 3}}],
                             astype(flip(y), DType::float32), y + x}) {
        turn++;
        const Dims& chunks = targets[turn % 2];
        const std::vector<Sink> sinks{to(file("z.h5:/z"), a, chunks, turn / 2 % 2 ? "gzip:1" : "")};
        const int threads = turn / 4 % 2 ? 3 : 1;
        const std::int64_t memory = (turn % 3 ? named_budget(sinks, threads) : 256) * mib;
        Session t = session_of(memory, threads, turn % 5 ? "/tmp" : "none");
        t.compute(sinks, {.force = true});
        EXPECT_LE(t.statistics().peak_bytes, memory);
        const Result got = s.compute(s.open(file("z.h5:/z"))), expected = s.compute(a);
        EXPECT_TRUE(std::ranges::equal(got.bytes(), expected.bytes()))
            << to_string(from) << " to " << to_string(chunks) << ", turn " << turn;
      }
    }
}

}  // namespace
}  // namespace tessera::testing

// What a device must be told to compute as the CPU does, proved with one that is not the CPU in anything but its arithmetic
// (mirror.hpp): the same bits on any ranks, threads and budgets, its memory within its own limit, its failures everyone's.
#include "mirror.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <tessera/core/device/devices.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/tessera.hpp>

#include "../../distributed/file_contents.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mib = 1 << 20;
const Shape shape{23, 90, 70};

struct Expression {
  std::string name;
  Array array;
  bool on_device = true;  ///< some of it
};

/// Magnitudes over nine decades and both signs: sums show every change of order.
Array wild(const Dims& chunks, DType type = DType::float64) {
  return astype(
      normal(shape, 0, 1, {.seed = 1, .chunks = chunks}) * exp(uniform(shape, 0, 20, {.seed = 2, .chunks = chunks})),
      type);
}

Array smoothed(Array u, int steps) {
  for (int i = 0; i < steps; i++)
    u = concat(
        {u[{Slice{0, 1, {}}}], (u[{Slice{2, {}, {}}}] + u[{Slice{0, -2, {}}}]) / 2.0 - max(u), u[{Slice{-1, {}, {}}}]});
  return u;
}

double rounded_sum(std::span<const double> elements) {
  double s = 0;
  for (const double x : elements) s = s * 0.999 + x;
  return s;
}
double add_sums(const double& a, const double& b) { return a * 0.5 + b; }
double mean_of_sum(const double& s, std::int64_t count) { return s / static_cast<double>(count); }

void add_of(std::vector<Expression>& list, const std::string& source, const Array& x) {
  const auto add = [&](const char* name, const Array& y) { list.push_back({source + ": " + name, y}); };
  const Array r = abs(x), holes = where(x > 1e6, std::numeric_limits<double>::quiet_NaN(), x);
  add("sum", sum(x));
  add("sum of the last axis", sum(x, {.axis = {2}}));
  add("sum of the outer axes", sum(x, {.axis = {0, 1}}));
  add("mean", mean(x, {.axis = {1}}));
  add("std", std(x - mean(x, {.axis = {0}, .keepdims = true}), {.axis = {1}, .correction = 1}));
  add("nanvar", nanvar(holes, {.axis = {0, 2}}));
  add("nanmean and nanstd", nanmean(holes, {.axis = {0}}) + nanstd(holes, {.axis = {0}}));
  add("argmax", argmax(x, {.axis = {1}}));
  add("nanargmin", nanargmin(holes, {.axis = {0}}));
  add("any", any(x > 1e8, {.axis = {0}}));
  add("chain", sqrt(r) + x * x - x / (r + 1.0));
  add("math", exp(-r) + log(r + 1.0) + sin(x) * cos(x) + pow(r + 0.5, 0.37));
  add("transposed", flip(x.T()) * 2.0 + 1.0);
  add("sliced", x[{Slice{{}, {}, 2}, Slice{{}, {}, -1}, Slice{3, {}, {}}}] + 1.0);
  add("difference", x[{Slice{1, {}, {}}}] - x[{Slice{{}, -1, {}}}]);
  add("joined", concat({x, x * 2.0, flip(x)}, 0) - 1.0);
  add("broadcast", x + mean(x, {.axis = {0, 2}, .keepdims = true}) * min(x));
  add("float32", astype(x, DType::float32) * 0.5);
  list.push_back({source + ": the user's fold", reduction<double>(astype(x, DType::float64), rounded_sum, add_sums,
                                                                  mean_of_sum, {.axis = {0}, .name = "rounded sum"}) +
                                                    1.0});
  list.push_back(
      {source + ": complex, then real", abs(astype(x, DType::complex128) * std::complex<double>(0.3, 1.7)) + r, false});
}

/// The same arrays for any session: from generators, a file, the host's memory, and the session's own.
std::vector<Expression> expressions(Session& session, const std::string& file, const std::vector<double>& block,
                                    const Box& place) {
  std::vector<Expression> list;
  add_of(list, "generated", wild({5, 31, 64}));
  add_of(list, "file", session.open(file));
  add_of(list, "resident", session.persist(wild({8, 25, 40})));
  add_of(list, "host", session.from_local(block.data(), shape, place));
  list.push_back({"mixed", sum(session.persist(wild({8, 25, 40})) * session.open(file) +
                                   session.from_local(block.data(), shape, place),
                               {.axis = {0}})});
  list.push_back({"many chunks", sum(uniform({300, 300}, 0, 1, {.seed = 3, .chunks = {4, 5}}) * 2.0, {.axis = {1}})});
  list.push_back({"wide states", sum(uniform({40, 9000}, 0, 1, {.seed = 4, .chunks = {7, 4500}}), {.axis = {0}})});
  list.push_back({"short leaves of wide states",
                  var(uniform({64, 4, 3000}, 0, 1, {.seed = 4, .chunks = {64, 4, 3000}}), {.axis = {1}})});
  list.push_back({"a loop", smoothed(session.persist(uniform({5000}, 0, 1, {.seed = 5, .chunks = {700}})), 6)});
  list.push_back({"integers", sum(arange(0, 300000, 1, {}, {1000}) * 3)});
  list.push_back({"poisson", mean(poisson({100, 300}, 3.5, {.seed = 6, .chunks = {30, 100}}), {.axis = {0}}), false});
  list.push_back({"nothing", sum(zeros({0, 5}), {.axis = {0}}), false});
  list.push_back({"one", session.persist(full({}, 3.0)) * 2.0});
  return list;
}

std::vector<std::byte> bytes_of(const Result& r) { return {r.bytes().begin(), r.bytes().end()}; }

/// One session on the CPU for all tests, and inputs that every session reads.
class MirrorTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    plain = new Session(SessionOptions{.memory = 256 * mib, .threads = 1, .device = "cpu"});
    std::string number = std::to_string(getpid());
    plain->communicator().broadcast(number, 0);
    folder = fs::temp_directory_path() / ("tessera_mirror_" + number);
    const int rank = plain->rank();
    if (rank == 0) fs::create_directories(folder);
    plain->communicator().barrier();
    plain->compute({write(wild({}), file())}, {.force = true});
    // Whole first axes, as evenly as they go; the last rank has the rest.
    const std::int64_t rows = shape[0] / plain->size(), first = rows * rank;
    place = {{first, 0, 0}, {rank == plain->size() - 1 ? shape[0] - first : rows, shape[1], shape[2]}};
    block.resize(static_cast<std::size_t>(place.size()));
    plain->compute_into(wild({8, 25, 40}), block.data(), place);
  }
  static void TearDownTestSuite() {
    plain->communicator().barrier();
    if (plain->rank() == 0) fs::remove_all(folder);
    delete plain;
  }
  static SessionOptions options(std::int64_t device_memory = 256 * mib, std::int64_t memory = 256 * mib,
                                int threads = 1) {
    return {.memory = memory, .threads = threads, .device = "mirror", .device_memory = device_memory};
  }
  static std::string file() { return (folder / "input.npy").string(); }
  static std::vector<Expression> list(Session& session) { return expressions(session, file(), block, place); }
  static std::string written(Session& session, const Array& x, const std::string& name) {
    const std::string path = (folder / (name + ".npy")).string();
    session.compute({write(x, path)}, {.force = true});
    return contents_of(path);
  }

  static inline Session* plain = nullptr;
  static inline fs::path folder;
  static inline Box place;
  static inline std::vector<double> block;
};

TEST_F(MirrorTest, HasTheBitsOfTheCpu) {
  std::vector<std::vector<std::byte>> expected;
  for (const auto& e : list(*plain)) expected.push_back(bytes_of(plain->compute(e.array)));
  struct Way {
    std::int64_t device_memory, memory;
    int threads;
  };
  for (const Way way : {Way{256 * mib, 256 * mib, 1}, Way{10 * mib, 16 * mib, 1}, Way{256 * mib, 256 * mib, 3}}) {
    Session session(options(way.device_memory, way.memory, way.threads));
    const auto all = list(session);
    for (std::size_t k = 0; k < all.size(); k++) {
      auto& counters = mirror::counters();
      const std::int64_t before = counters.maps + counters.reductions;
      EXPECT_TRUE(bytes_of(session.compute(all[k].array)) == expected[k])
          << all[k].name << ", " << way.threads << " threads, " << way.device_memory;
      const auto& s = session.statistics();
      EXPECT_LE(s.peak_device_bytes, s.projected_device_bytes) << all[k].name;
      EXPECT_LE(s.peak_device_bytes, way.device_memory) << all[k].name;
      if (session.size() == 1 && all[k].on_device) {
        EXPECT_GT(counters.maps + counters.reductions, before) << all[k].name << ": computed by the CPU";
      }
    }
  }
}

TEST_F(MirrorTest, WritesTheSameFiles) {
  Session session(options());
  const auto here = list(*plain), there = list(session);
  for (std::size_t k = 0; k < here.size(); k += 3)
    EXPECT_EQ(written(session, there[k].array, "mirror"), written(*plain, here[k].array, "plain")) << here[k].name;
}

TEST_F(MirrorTest, ArraysStayOnTheDevice) {
  Session session(options());
  const Array x = session.persist(wild({8, 25, 40}));
  session.compute(sum(x * 2.0));
  auto& counters = mirror::counters();
  const std::int64_t to_device = counters.bytes_to_device, to_host = counters.bytes_to_host;
  session.compute(sum(x * 3.0));
  EXPECT_LE(counters.bytes_to_device - to_device, 64 << 10);
  EXPECT_LE(counters.bytes_to_host - to_host, 64 << 10) << "more than states";
}

TEST_F(MirrorTest, HostsGetTheirElements) {
  Session session(options());
  const Array x = session.persist(wild({8, 25, 40})), y = plain->persist(wild({8, 25, 40}));
  const auto chunks = session.local_chunks<double>(x), expected = plain->local_chunks<double>(y);
  ASSERT_EQ(chunks.size(), expected.size());
  for (std::size_t k = 0; k < chunks.size(); k++) {
    ASSERT_EQ(chunks[k].box, expected[k].box);
    EXPECT_EQ(chunks[k][chunks[k].box.lo], expected[k][expected[k].box.lo]);
  }
  EXPECT_EQ(session.local_chunks<double>(x).size(), chunks.size());
  std::vector<double> turned(block.size());
  session.compute_into(x, turned.data(), place);
  EXPECT_EQ(turned, block);
}

TEST_F(MirrorTest, CachedPlansCompileNothing) {
  Session session(options());
  const Array x = session.persist(wild({8, 25, 40}));
  for (int i = 0; i < 3; i++) {
    const std::int64_t before = mirror::counters().compiled;
    session.compute(std(x * static_cast<double>(i + 2), {.axis = {0}}));
    if (i > 0) {
      EXPECT_EQ(mirror::counters().compiled, before);
    }
  }
}

TEST_F(MirrorTest, ExplainSaysWhatComputes) {
  Session session(options());
  const std::string plan = session.explain({gather(sum(sqrt(wild({})))), gather(mean(poisson({100}, 3.5)))});
  EXPECT_NE(plan.find("on       mirror"), std::string::npos) << plan;
  EXPECT_NE(plan.find("on       the CPU"), std::string::npos) << plan;
  EXPECT_NE(plan.find("of the device"), std::string::npos) << plan;
  EXPECT_EQ(plain->explain({gather(sum(wild({})))}).find("on       "), std::string::npos);
}

// From which size on a device is given something is the session's, agreed when it began: a plan asks nobody else.
TEST_F(MirrorTest, WhatIsSmallIsTheSessions) {
  const std::string tests_own = std::getenv("TESSERA_DEVICE_LEAST");
  const auto set = [](const std::string& value) { setenv("TESSERA_DEVICE_LEAST", value.c_str(), 1); };
  const auto is_small = [](const Session& s, std::int64_t elements) {
    return s.explain({gather(arange(elements) * 2)}).find("too little for the device") != std::string::npos;
  };
  set("8K");
  Session session(options());
  set("1M");
  EXPECT_FALSE(is_small(session, 1024));
  EXPECT_TRUE(is_small(session, 1023));
  EXPECT_TRUE(is_small(Session(options()), 1024));
  set("a lot");
  EXPECT_THROW(static_cast<void>(Session{options()}), UsageError);
  EXPECT_FALSE(is_small(session, 1024));
  set(tests_own);
}

TEST_F(MirrorTest, ItsBudgetIsItsOwn) {
  Session session(options(mib)), smaller(options(8192));
  const Array large = uniform({1000, 1000}, 0, 1, {.seed = 1, .chunks = {100, 1000}});
  try {
    smaller.compute(mean(large));
    ADD_FAILURE() << "a leaf of 32 KiB in 8";
  } catch (const MemoryBudgetError& e) {
    EXPECT_NE(std::string(e.what()).find("of the device"), std::string::npos) << e.what();
  }
  EXPECT_GT(session.item<double>(mean(large)), 0.4);
  // What has no room there, 8 MB in 1 MiB, is the host's.
  const Array kept = session.persist(large);
  EXPECT_LE(session.statistics().peak_device_bytes, mib);
  EXPECT_EQ(session.item<double>(mean(kept)), session.item<double>(mean(large)));
}

TEST_F(MirrorTest, OtherDevicesCantReachItsMemory) {
  Session session(options());
  const Array x = session.persist(wild({8, 25, 40}));
  EXPECT_THROW(plain->compute(sum(x)), UsageError);
  Session another(options());
  EXPECT_EQ(bytes_of(another.compute(sum(x))), bytes_of(session.compute(sum(x))));
}

TEST_F(MirrorTest, IsChosenByName) {
  EXPECT_THROW(make_device("moon"), UsageError);
  EXPECT_EQ(make_device("auto")->name(), "cpu");
  EXPECT_THROW(Session(SessionOptions{.device = "moon"}), UsageError);
  if (plain->size() > 1) {
    EXPECT_THROW(Session(SessionOptions{.device = plain->rank() == 0 ? "cpu" : "mirror"}), MismatchError);
  }
}

// One work after another fails on one rank: all ranks throw, or none, and go on.
TEST_F(MirrorTest, ItsFailuresAreEveryones) {
  Session session(options());
  const Array x = session.persist(uniform({600, 70}, 0, 1, {.seed = 1, .chunks = {50, 70}}));
  const Array y =
      sum((x[{Slice{3, {}, {}}}] + x[{Slice{{}, -3, {}}}]) * flip(x)[{Slice{3, {}, {}}}], {.axis = {0}}) + mean(x);
  const auto expected = bytes_of(session.compute(y));
  const int failing = session.size() - 1;
  bool all_done = false;
  for (std::int64_t at = 1; !all_done && at < 400; at += 1 + at / 8) {
    if (session.rank() == failing) mirror::counters().fails_at = at;
    std::int64_t threw[2] = {0, 0};  // afterwards: 1 when one rank threw; -1 when all did
    try {
      EXPECT_EQ(bytes_of(session.compute(y)), expected);
    } catch (const IoError&) {
      threw[0] = 1, threw[1] = -1;
    }
    std::int64_t left[1] = {mirror::counters().fails_at};
    mirror::counters().fails_at = 0;
    session.communicator().allreduce_max(threw);
    session.communicator().allreduce_max(left);
    EXPECT_EQ(threw[0] == 1, threw[1] == -1) << "work " << at << ": some ranks threw, others did not";
    all_done = left[0] > 0;  // fewer works than that
  }
  EXPECT_TRUE(all_done);
  EXPECT_EQ(bytes_of(session.compute(y)), expected);
}

TEST(Devices, StreamsKeepTheirOrderAndWaitForEvents) {
  const auto device = make_device("mirror");
  const auto pool = MemoryPool::create(0, device->memory());
  const Buffer a(pool, 800, "a"), b(pool, 800, "b");
  std::vector<double> from(100), to(100);
  const auto copy = [&](Stream s, const StridedInput& x, const StridedOutput& y) { device->copy(s, {100}, 8, x, y); };
  for (int round = 0; round < 50; round++) {
    for (std::size_t k = 0; k < from.size(); k++) from[k] = static_cast<double>(round) + static_cast<double>(k);
    copy({1}, {reinterpret_cast<std::byte*>(from.data()), {8}}, {a.data(), {8}, Space::device});
    const Event there = device->record({1});
    device->wait(Stream{2}, there);
    copy({2}, {a.data(), {8}, Space::device}, {b.data(), {8}, Space::device});
    copy({2}, {b.data(), {8}, Space::device}, {reinterpret_cast<std::byte*>(to.data()), {8}});
    device->wait(device->record({2}));
    EXPECT_EQ(to, from);
  }
}

TEST(Devices, StatesAreCombinedAlike) {
  const auto device = make_device("mirror");
  const auto pool = MemoryPool::create(0, device->memory());
  const Fold fold{Combiner::moments, DType::float64};
  constexpr std::int64_t outputs = 5;
  const std::int64_t bytes = fold.layout().bytes(outputs);
  std::vector<double> left(2 * outputs), right(2 * outputs), expected, got(2 * outputs);
  for (std::size_t k = 0; k < left.size(); k++)
    left[k] = 1.0 / static_cast<double>(k + 3), right[k] = 1e3 / static_cast<double>(k + 7);
  expected = left;
  const auto at = [](std::vector<double>& v) { return reinterpret_cast<std::byte*>(v.data()); };
  host_device().combine({}, fold, outputs, at(expected), at(right), 17, 4);
  const Buffer a(pool, bytes, "a"), b(pool, bytes, "b");
  device->copy({}, {bytes}, 1, {at(left), {1}}, {a.data(), {1}, Space::device});
  device->copy({}, {bytes}, 1, {at(right), {1}}, {b.data(), {1}, Space::device});
  device->combine({}, fold, outputs, a.data(), b.data(), 17, 4);
  device->copy({}, {bytes}, 1, {a.data(), {1}, Space::device}, {at(got), {1}});
  device->wait(Stream{});
  EXPECT_EQ(got, expected);
}

TEST_F(MirrorTest, NobodyReadsItsMemoryWithoutIt) {
  if (plain->size() > 1) GTEST_SKIP() << "MPI's processes don't fork";
  const auto device = make_device("mirror");
  const auto pool = MemoryPool::create(0, device->memory());
  const Buffer a(pool, 800, "a");
  EXPECT_DEATH(static_cast<void>(*reinterpret_cast<volatile char*>(a.data())), "");
}

}  // namespace
}  // namespace tessera::testing

// Reductions to many elements, whose states the GPU combines and finishes: the bits of the CPU, for short rows, thin chunks and shared
// columns, into memory and into files, on any ranks and budgets. Through a simulated driver.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

#include <tessera/tessera.hpp>

#include "simulated_driver.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mib = 1 << 20;
const Shape shape{12, 96, 100};

struct Reduction {
  std::string name;
  Array array;
  bool combined = true;  ///< by the GPU
};

/// Magnitudes that show every change of order.
Array wild(const Dims& chunks) {
  const Array x = uniform(shape, -300, 300, {.seed = 1, .chunks = chunks}),
              y = uniform(shape, 0, 1, {.seed = 2, .chunks = chunks});
  return x / (y * y + 1e-4);
}

/// Of the first axis, but where it says otherwise.
std::vector<Reduction> reductions(const Array& x) {
  const ReduceOptions first{.axis = {0}};
  const Array holes = where(x > 1e3, std::numeric_limits<double>::quiet_NaN(), x);
  return {{"sum", sum(x * 0.5, first)},
          {"product", prod(x * 1e-2, first)},
          {"mean and variance", mean(x, first) / (var(x, {.axis = {0}, .correction = 1}) + 1.0)},
          {"with holes", nanmean(holes, first) + nanstd(holes, first) + nansum(holes, first)},
          {"extremes", max(x, first) - min(x, first)},
          {"extremes with holes", nanmax(holes, first) - nanmin(holes, first)},
          {"positions", argmax(x, first) * 100 + argmin(x, first)},
          {"positions with holes", nanargmin(holes, first), false},
          {"complex", sum(astype(x, DType::complex128) * std::complex<double>(0.3, 1.7), first)},
          {"complex product", prod(astype(x, DType::complex128) * std::complex<double>(1e-2, 1e-2), first)},
          {"integers", sum(astype(floor(x), DType::int16), first)},
          {"truths", any(x > 290.0, {.axis = {0}}), false},  // a byte each: too few
          {"used again", x - mean(x, {.axis = {0}, .keepdims = true})},
          {"kept axes around", sum(reshape(x, {115200 / 9, 9}), {.axis = {1}})}};
}

std::vector<std::byte> bytes_of(const Result& r) { return {r.bytes().begin(), r.bytes().end()}; }

class CudaStates : public ::testing::Test {
 protected:
  static SessionOptions options(std::int64_t device_memory = 256 * mib, int threads = 1) {
    return {.memory = 256 * mib, .threads = threads, .device = "cuda", .device_memory = device_memory};
  }
  static void SetUpTestSuite() {
    plain = new Session(SessionOptions{.memory = 256 * mib, .threads = 1, .device = "cpu"});
    std::string number = std::to_string(getpid());
    plain->communicator().broadcast(number, 0);
    folder = fs::temp_directory_path() / ("tessera_states_" + number);
    if (plain->rank() == 0) fs::create_directories(folder);
    plain->communicator().barrier();
  }
  static void TearDownTestSuite() {
    plain->communicator().barrier();
    if (plain->rank() == 0) fs::remove_all(folder);
    delete plain;
  }
  static inline Session* plain = nullptr;
  static inline fs::path folder;
};

TEST_F(CudaStates, HaveTheBitsOfTheCpu) {
  const std::string combined = "states   combined on cuda";
  for (const Dims& chunks : {Dims{12, 96, 100}, Dims{1, 96, 100}, Dims{5, 96, 100}}) {
    std::vector<std::vector<std::byte>> expected;
    for (const auto& r : reductions(plain->persist(wild(chunks))))
      expected.push_back(bytes_of(plain->compute(r.array)));
    for (const SessionOptions& way : {options(), options(4 * mib), options(256 * mib, 3)}) {
      Session session(way);
      const auto all = reductions(session.persist(wild(chunks)));
      for (std::size_t k = 0; k < all.size(); k++) {
        const std::string what = all[k].name + " in chunks " + to_string(chunks) + ", " + std::to_string(way.threads) +
                                 " threads, " + std::to_string(way.device_memory);
        EXPECT_TRUE(bytes_of(session.compute(all[k].array)) == expected[k]) << what;
        EXPECT_LE(session.statistics().peak_device_bytes, session.statistics().projected_device_bytes) << what;
        const std::string plan = session.explain({gather(all[k].array)});
        if (way.device_memory == 256 * mib) {
          EXPECT_EQ(plan.find(combined) != std::string::npos, all[k].combined) << what << "\n" << plan;
        }
      }
    }
  }
}

// Two outputs of one pass, and one that goes into memory and into a file at once.
TEST_F(CudaStates, GoToFilesAndMemory) {
  const auto run = [&](Session& s, const std::string& name) {
    const Array x = s.persist(wild({5, 96, 100})), m = mean(x, {.axis = {0}}), v = var(x, {.axis = {0}});
    const std::string file = (folder / name).string();
    const auto results =
        s.compute({persist(m), write(m, file), gather(v), gather(sum(x * 2.0, {.axis = {0}}))}, {.force = true});
    std::vector<std::vector<std::byte>> bytes{bytes_of(s.compute(results[0].array() + 1.0)),
                                              bytes_of(s.compute(s.open(file) * 1.0)), bytes_of(results[2]),
                                              bytes_of(results[3])};
    return bytes;
  };
  Session gpu(options());
  EXPECT_TRUE(run(gpu, "gpu.npy") == run(*plain, "cpu.npy"));
}

// Elements that are finished for a file while those before them are still brought, and states that are brought in between.
TEST_F(CudaStates, WithoutAnyKindOfWaitSomeScheduleShowsIt) {
  const Simulated simulated;
  Session gpu(options());
  if (!simulated || gpu.size() > 1) GTEST_SKIP() << "what one rank of a simulated GPU shows";
  const Array x = gpu.persist(uniform({2, 96, 500}, 0, 1, {.seed = 3, .chunks = {2, 96, 100}}) * 1.0);
  const std::string file = (folder / "waits.npy").string();
  const auto run = [&] {
    gpu.compute({write(mean(x, {.axis = {0}}), file)}, {.force = true});
    return plain->values<double>(plain->open(file));
  };
  const auto expected = run();
  simulated.begin_log();
  run();
  const auto kinds = simulated.waits();
  EXPECT_EQ(kinds.size(), 3u);  // of what is brought for kernels, of kernels for what is brought, of the host for it
  for (const auto& kind : kinds) {
    EXPECT_TRUE(simulated.shows(kind, run, expected)) << kind.second << " waits for " << kind.first;
    EXPECT_EQ(run(), expected);
  }
}

// An axis without elements has no states.
TEST_F(CudaStates, OfNothingAreTheHosts) {
  Session gpu(options());
  const auto empty = [](Session& s) { return bytes_of(s.compute(sum(full({0, 96, 100}, 1.0), {.axis = {0}}))); };
  EXPECT_TRUE(empty(gpu) == empty(*plain));
}

}  // namespace
}  // namespace tessera::testing

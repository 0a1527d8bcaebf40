// Sessions on the GPU: the same bits as the CPU's for arrays in memory, files and the host's memory, on any ranks and budgets; what it can't
// compute is the CPU's, and explain says so; its failures are everyone's. Through a simulated driver.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include <tessera/core/device/devices.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mib = 1 << 20;
const Shape shape{23, 90, 70};

Array numbers(const Dims& chunks) { return uniform(shape, -300, 300, {.seed = 1, .chunks = chunks}); }
std::vector<std::byte> bytes_of(const Result& r) { return {r.bytes().begin(), r.bytes().end()}; }

struct Named {
  std::string name;
  Array array;
};
std::vector<Named> expressions(const Array& x, const Array& y) {
  return {{"chain", sqrt(abs(x)) * 2.0 + x * y - y / (abs(x) + 1.0)},
          {"comparison", where(x > y, x, floor(y)) + astype(x < 0.0, DType::float64)},
          {"casts", astype(astype(x, DType::int16) * astype(y, DType::uint8), DType::float32)},
          {"transposed", flip(x.T()) * 2.0 + y.T()},
          {"sliced", x[{Slice{{}, {}, 2}, Slice{{}, {}, -1}, Slice{3, {}, {}}}] + 1.0},
          {"shifted", x[{Slice{1, {}, {}}}] - y[{Slice{{}, -1, {}}}]},
          {"joined", concat({x, y * 2.0, flip(x)}, 0) - 1.0},
          {"broadcast", x + mean(y, {.axis = {0, 2}, .keepdims = true})},
          {"summed", sum(x * y, {.axis = {0}}) + 1.0},
          {"mean of columns", mean(x + y, {.axis = {0, 1}})},
          {"mean of rows", mean(x.T() * 2.0, {.axis = {0}})},
          {"variance", var(x - y, {.axis = {1}})},
          {"variance of all", var(x) + nanmean(where(x > 0.0, y, std::numeric_limits<double>::quiet_NaN()))},
          {"extremes", max(x, {.axis = {2}}) - min(y, {.axis = {2}})},
          {"positions", concat({reshape(argmax(x, {.axis = {0}}), {-1}), reshape(argmin(x * y), {1})}, 0)},
          {"counted", sum(astype(x > y, DType::int64), {.axis = {1, 2}})},
          {"any and all", astype(any(x > 300.0, {.axis = {0, 2}}), DType::int8) + astype(all(y < 250.0), DType::int8)},
          {"generated",
           uniform(shape, -1, 2, {.seed = 5}) * x + astype(integers(shape, 0, 10, {.seed = 6}), DType::float64)},
          {"ranges", reshape(arange(0.0, static_cast<double>(num_elements(shape)), 1.0), shape) + y},
          {"complex quotient",
           astype(x, DType::complex128) / (astype(y, DType::complex128) * std::complex<double>(0.3, 1.7) + 2.0)},
          {"rare", remainder(x, y) + floor_divide(y, x) + astype(pow(astype(x, DType::int64), 3), DType::float64)},
          {"complex sum", sum(astype(x, DType::complex128) * std::complex<double>(0, 1) + y, {.axis = {1}})},
          {"complex", astype(x, DType::complex128) * std::complex<double>(0.3, 1.7) + y}};
}

class CudaTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    plain = new Session(SessionOptions{.memory = 256 * mib, .threads = 1, .device = "cpu"});
    std::string number = std::to_string(getpid());
    plain->communicator().broadcast(number, 0);
    folder = fs::temp_directory_path() / ("tessera_cuda_" + number);
    if (plain->rank() == 0) fs::create_directories(folder);
    plain->communicator().barrier();
    plain->compute({write(numbers({}), file())}, {.force = true});
  }
  static void TearDownTestSuite() {
    plain->communicator().barrier();
    if (plain->rank() == 0) fs::remove_all(folder);
    delete plain;
  }
  static SessionOptions options(std::int64_t device_memory = 256 * mib, std::int64_t memory = 256 * mib,
                                int threads = 1) {
    return {.memory = memory, .threads = threads, .device = "cuda", .device_memory = device_memory};
  }
  static std::string file() { return (folder / "input.npy").string(); }
  static std::vector<Named> list(Session& session) {
    return expressions(session.persist(numbers({8, 25, 40}) * 1.0), session.open(file()));
  }

  static inline Session* plain = nullptr;
  static inline fs::path folder;
};

TEST_F(CudaTest, HasTheBitsOfTheCpu) {
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
      EXPECT_TRUE(bytes_of(session.compute(all[k].array)) == expected[k])
          << all[k].name << ", " << way.threads << " threads, " << way.device_memory;
      EXPECT_LE(session.statistics().peak_device_bytes, way.device_memory) << all[k].name;
    }
  }
}

// Functions are CUDA's own: near the CPU's.
TEST_F(CudaTest, FunctionsAreNearTheCpus) {
  Session session(options());
  const auto values = [](Session& s) {
    const Array x = s.open(file()), z = s.persist(numbers({8, 25, 40}) * 1.0);
    return std::pair{s.values<double>(exp(x * 0.001) + sin(z)),
                     s.values<double>(mean(pow(abs(x), 0.3) + tanh(z), {.axis = {1}}))};
  };
  const auto [made, folded] = values(session);
  const auto [expected, expected_folded] = values(*plain);
  for (std::size_t i = 0; i < made.size(); i++) ASSERT_NEAR(made[i], expected[i], 1e-14 * (1 + std::fabs(expected[i])));
  for (std::size_t i = 0; i < folded.size(); i++)
    ASSERT_NEAR(folded[i], expected_folded[i], 1e-13 * expected_folded[i]);
}

TEST_F(CudaTest, ExplainSaysWhatComputes) {
  Session session(options());
  const Array x = session.open(file());
  EXPECT_NE(session.explain({gather(sqrt(x) * 2.0)}).find("on       cuda"), std::string::npos);
  EXPECT_NE(session.explain({gather(mean(x * 2.0, {.axis = {1}}))}).find("on       cuda"), std::string::npos);
  EXPECT_NE(session.explain({gather(exp(x) + uniform(shape, 0, 1, {.seed = 3}))}).find("on       cuda"),
            std::string::npos);
  EXPECT_NE(session.explain({gather(arange(100) * 2)}).find("too little for the device"), std::string::npos);
  EXPECT_NE(session.explain({gather(exp(astype(x, DType::complex128)))}).find("on       the CPU"), std::string::npos);
  const std::string target = (folder / "copy.npy").string();
  EXPECT_NE(session.explain({write(astype(x.T(), DType::float32), target)}).find("the CPU: a copy"), std::string::npos);
  EXPECT_NE(session.explain({write(x + 1.0, target)}).find("on       cuda"), std::string::npos);
  EXPECT_NE(session.explain({persist(astype(x, DType::float32))}).find("on       cuda"), std::string::npos);
}

// One call of the driver after another fails on one rank, or one allocation finds no memory: all ranks throw, or none, and go on.
class Faults : public CudaTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(Faults, AreEveryones) {
  const char* driver = std::getenv("TESSERA_CUDA_DRIVER");
  void* library = driver ? dlopen(driver, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  const auto find = [&](const char* name) { return library ? dlsym(library, name) : nullptr; };
  const auto arm = reinterpret_cast<void (*)(long long)>(find(GetParam()));
  const auto mend = reinterpret_cast<long long (*)()>(find("simulated_mend"));
  if (!arm || !mend) GTEST_SKIP() << "a GPU that does not fail when it is told to";
  const auto result_of = [](Session& session) {
    const Array x = session.open(file());
    const Array y = (x[{Slice{3, {}, {}}}] + x[{Slice{{}, -3, {}}}]) * flip(x)[{Slice{3, {}, {}}}] + mean(x);
    return bytes_of(session.compute(y));
  };
  const auto expected = result_of(*plain);
  bool all_done = false;
  for (long long at = 1; !all_done && at < 2000; at += 1 + at / 6) {
    Session session(options());  // one whose pool keeps nothing yet
    const bool failing = session.rank() == session.size() - 1;
    if (failing) arm(at);
    std::int64_t threw[2] = {0, 0};  // afterwards: 1 when one rank threw; -1 when all did
    try {
      EXPECT_EQ(result_of(session), expected);
    } catch (const Error&) {
      threw[0] = 1, threw[1] = -1;
    }
    std::int64_t left[1] = {failing ? mend() : 0};
    session.communicator().allreduce_max(threw);
    session.communicator().allreduce_max(left);
    EXPECT_EQ(threw[0] == 1, threw[1] == -1) << "call " << at << ": some ranks threw, others did not";
    EXPECT_EQ(result_of(session), expected) << "after a failure at call " << at;
    all_done = left[0] > 0;  // fewer calls than that
  }
  EXPECT_TRUE(all_done);
}

INSTANTIATE_TEST_SUITE_P(Of, Faults, ::testing::Values("simulated_fail_at", "simulated_refuse_at"),
                         [](const auto& p) { return std::string(p.param).substr(10); });

TEST_F(CudaTest, ItsBudgetIsItsOwn) {
  Session session(options(8192));
  const Array large = session.open(file());
  try {
    session.compute(mean(large));
    ADD_FAILURE() << "a leaf of 32 KiB in 8";
  } catch (const MemoryBudgetError& e) {
    EXPECT_NE(std::string(e.what()).find("of the device"), std::string::npos) << e.what();
  }
}

TEST(CudaNames, SayWhatIsMissing) {
  EXPECT_EQ(make_device("auto")->name(), "cuda");  // the simulated one
  EXPECT_EQ(make_device("cuda")->name(), "cuda");
}

}  // namespace
}  // namespace tessera::testing

// Sessions on the GPU: the same bits as the CPU's for arrays in memory, files and the host's memory, on any ranks and budgets; what it can't
// compute is the CPU's, and explain says so; its failures are everyone's. Through a simulated driver.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <tessera/core/device/devices.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t mib = 1 << 20;
const Shape shape{23, 90, 70};

Array numbers(const Dims& chunks) { return normal(shape, 0, 100, {.seed = 1, .chunks = chunks}); }
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
          {"functions", exp(x * 0.001) + sin(y)},
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

TEST_F(CudaTest, ExplainSaysWhatComputes) {
  Session session(options());
  const Array x = session.open(file());
  EXPECT_NE(session.explain({gather(sqrt(x) * 2.0)}).find("on       cuda"), std::string::npos);
  EXPECT_NE(session.explain({gather(exp(x))}).find("on       the CPU"), std::string::npos);
}

// One call of the driver after another fails on one rank: all ranks throw, or none, and go on.
TEST_F(CudaTest, ItsFailuresAreEveryones) {
  void* library = dlopen(std::getenv("TESSERA_CUDA_DRIVER"), RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(library, nullptr);
  const auto fail_at = reinterpret_cast<void (*)(long long)>(dlsym(library, "simulated_fail_at"));
  const auto mend = reinterpret_cast<long long (*)()>(dlsym(library, "simulated_mend"));
  ASSERT_TRUE(fail_at && mend) << "TESSERA_CUDA_DRIVER is no simulated driver";
  Session session(options());
  const Array x = session.open(file());
  const Array y = (x[{Slice{3, {}, {}}}] + x[{Slice{{}, -3, {}}}]) * flip(x)[{Slice{3, {}, {}}}] + mean(x);
  const auto expected = bytes_of(session.compute(y));
  const int failing = session.size() - 1;
  bool all_done = false;
  for (long long at = 1; !all_done && at < 2000; at += 1 + at / 6) {
    if (session.rank() == failing) fail_at(at);
    std::int64_t threw[2] = {0, 0};  // afterwards: 1 when one rank threw; -1 when all did
    try {
      EXPECT_EQ(bytes_of(session.compute(y)), expected);
    } catch (const Error&) {
      threw[0] = 1, threw[1] = -1;
    }
    std::int64_t left[1] = {session.rank() == failing ? mend() : 0};
    session.communicator().allreduce_max(threw);
    session.communicator().allreduce_max(left);
    EXPECT_EQ(threw[0] == 1, threw[1] == -1) << "call " << at << ": some ranks threw, others did not";
    all_done = left[0] > 0;  // fewer calls than that
  }
  EXPECT_TRUE(all_done);
  EXPECT_EQ(bytes_of(session.compute(y)), expected);
}

TEST_F(CudaTest, ItsBudgetIsItsOwn) {
  Session session(options(mib));
  const Array large = session.open(file());
  try {
    session.persist(large * 2.0);
    if (session.size() < 2) ADD_FAILURE() << "1.1 MiB in 1 MiB";
  } catch (const MemoryBudgetError& e) {
    EXPECT_NE(std::string(e.what()).find("of the device"), std::string::npos) << e.what();
  }
}

TEST(CudaNames, SayWhatIsMissing) {
  // "auto" is the CPU as long as the GPU does not fold.
  EXPECT_EQ(make_device("auto")->name(), "cpu");
  EXPECT_EQ(make_device("cuda")->name(), "cuda");
}

}  // namespace
}  // namespace tessera::testing

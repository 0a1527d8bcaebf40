// What lies in the memory of the ranks' GPUs goes from one to the other by NCCL, here a simulated one that moves bytes between processes in
// the order of the simulated streams: the CPU's bits, as many bytes and messages as explain says; every wait is needed; what fails on one
// rank is everyone's error within seconds, and where the GPUs can't be linked everything goes through the host's memory.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <set>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/distributed/links.hpp>
#include <tessera/tessera.hpp>

#include "simulated/log.hpp"

namespace tessera::testing {
namespace {

constexpr std::int64_t mib = 1 << 20;

std::vector<std::byte> bytes_of(const Result& r) { return {r.bytes().begin(), r.bytes().end()}; }

/// What only the simulated driver and the simulated NCCL have.
struct Simulated {
  void (*fail_at)(long long) = nullptr;
  void (*never)(int) = nullptr;
  void (*error)(int) = nullptr;
  long long (*mend_nccl)() = nullptr;
  void (*counts)(int* connected, int* open, long long* came) = nullptr;
  int (*stream)() = nullptr;
  void (*fail_gpu_at)(long long) = nullptr;
  long long (*mend)() = nullptr;
  void (*lose_waits)(int of, int by) = nullptr;
  void (*begin_log)() = nullptr;
  void (*log)(simulated::TakeEntry, void*) = nullptr;

  Simulated() {
    const auto find = [](const char* variable, auto& f, const char* name) {
      const char* file = std::getenv(variable);
      void* library = file ? dlopen(file, RTLD_NOW) : nullptr;
      f = library ? reinterpret_cast<std::remove_reference_t<decltype(f)>>(dlsym(library, name)) : nullptr;
    };
    constexpr const char *nccl = "TESSERA_NCCL", *driver = "TESSERA_CUDA_DRIVER";
    find(nccl, fail_at, "simulated_nccl_fail_at"), find(nccl, never, "simulated_nccl_never");
    find(nccl, error, "simulated_nccl_error"), find(nccl, mend_nccl, "simulated_nccl_mend");
    find(nccl, counts, "simulated_nccl_counts"), find(nccl, stream, "simulated_nccl_stream");
    find(driver, fail_gpu_at, "simulated_fail_at"), find(driver, mend, "simulated_mend");
    find(driver, lose_waits, "simulated_lose_waits");
    find(driver, begin_log, "simulated_begin_log"), find(driver, log, "simulated_log");
  }
  explicit operator bool() const { return fail_at && counts && fail_gpu_at && lose_waits; }
  int open() const {
    int connected = 0, now = 0;
    long long came = 0;
    counts(&connected, &now, &came);
    return now;
  }
};

Array whole(const Shape& shape, std::uint64_t seed, const Dims& chunks, DType type = DType::float64) {
  return astype(integers(shape, -4, 5, {.seed = seed, .chunks = chunks}), type);
}

/// Made of arrays in memory that are spread over the ranks by rows.
struct Job {
  const char* name;
  std::function<Array(Session&)> make;
};
std::vector<Job> jobs() {
  const auto kept = [](Session& s, std::uint64_t seed, DType type = DType::float64) {
    return s.persist(whole({400, 320}, seed, {25, 320}, type));
  };
  return {
      {"shifts",
       [=](Session& s) {
         const Array x = kept(s, 1);
         return x[{Slice{2, {}, {}}}] * 2.0 - x[{Slice{{}, -2, {}}}] + x[{Slice{1, -1, {}}}];
       }},
      {"transposed",
       [=](Session& s) {
         const Slice square{0, 320, {}};
         return kept(s, 1)[{square}].T() * 2.0 + kept(s, 2)[{square}];
       }},
      {"folded", [=](Session& s) { return sum(flip(kept(s, 3)) * kept(s, 4), {.axis = {0}}); }},
      {"bytes", [=](Session& s) { return flip(kept(s, 5, DType::int8)) + kept(s, 6, DType::int8); }},
      {"pairs", [=](Session& s) { return flip(kept(s, 5, DType::complex128)) + kept(s, 6, DType::complex128); }},
      {"product", [=](Session& s) { return matmul(kept(s, 7), kept(s, 8).T()); }},
      {"sums of a product", [=](Session& s) {
         const Array a = s.persist(whole({40000, 20}, 5, {2500, 20})), b = s.persist(whole({40000, 24}, 6, {2500, 24}));
         return matmul(a.T(), b);
       }}};
}

class LinksTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { plain = new Session(options("cpu")); }
  static void TearDownTestSuite() { delete plain; }
  void SetUp() override {
    if (!simulated) GTEST_SKIP() << "not the simulated NCCL";
    setenv("TESSERA_SIMULATED_GPUS", "5", 1);
  }
  void TearDown() override {
    if (!simulated) return;
    simulated.mend_nccl();
    plain->communicator().barrier();
  }
  static SessionOptions options(const char* device, std::int64_t device_memory = 64 * mib) {
    return {.memory = 256 * mib,
            .threads = 1,
            .device = device,
            .device_memory = std::string(device) == "cuda" ? device_memory : 0};
  }
  static std::vector<simulated::Entry> logged() {
    std::vector<simulated::Entry> entries;
    const auto take = [](void* to, const simulated::Entry& e) {
      static_cast<std::vector<simulated::Entry>*>(to)->push_back(e);
    };
    simulated.log(take, &entries);
    return entries;
  }
  static Array shifts(Session& s) { return jobs()[0].make(s); }
  static const std::vector<std::byte>& expected(const Job& job) {
    static std::map<std::string, std::vector<std::byte>> known;
    auto& bytes = known[job.name];
    if (bytes.empty()) bytes = bytes_of(plain->compute(job.make(*plain)));
    return bytes;
  }
  /// 1: one rank threw; -1, too: all did. And the longest that a rank took, in seconds.
  template <class F>
  static double expect_everyones(Session& s, F&& f, bool throws, const std::string& where) {
    const auto begin = std::chrono::steady_clock::now();
    std::int64_t threw[3] = {0, 0, 0};
    try {
      f();
    } catch (const Error& e) {
      threw[0] = 1, threw[1] = -1;
      EXPECT_TRUE(!throws || e.kind() == ErrorKind::comm) << where << e.what();
    }
    threw[2] = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
    s.communicator().allreduce_max(threw);
    EXPECT_EQ(threw[0] == 1, threw[1] == -1) << where << ": some ranks threw, others did not";
    EXPECT_TRUE(!throws || threw[0] == 1) << where;
    return static_cast<double>(threw[2]) / 1000;
  }

  static inline Session* plain = nullptr;

 public:
  static inline const Simulated simulated;
};

/// Of all stages and results.
std::int64_t messages_in(const std::string& plan) {
  std::int64_t all = 0;
  for (auto at = plan.find(" messages\n"); at != std::string::npos; at = plan.find(" messages\n", at + 1))
    all += std::stoll(plan.substr(plan.rfind(' ', at - 1)));
  return all;
}

TEST_F(LinksTest, HaveTheBitsOfTheCpuAndTheTrafficOfThePlan) {
  for (const std::int64_t device_memory : {64 * mib, 6 * mib}) {  // in one message, and in several
    Session gpu(options("cuda", device_memory));
    const bool linked = gpu.size() > 1;
    EXPECT_EQ(gpu.link(), linked ? "NCCL 2.28.9" : "nothing: there is one rank");
    for (const Job& job : jobs()) {
      if (device_memory < 32 * mib && std::string(job.name).find("product") != std::string::npos)
        continue;  // cuBLAS's workspace
      const Array made = job.make(gpu);
      const std::string plan = gpu.explain_together({gather(made)});
      EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(job)) << job.name << "\n" << plan;
      const Statistics s = gpu.statistics();
      EXPECT_EQ(s.messages, messages_in(plan)) << job.name << "\n" << plan;
      EXPECT_LE(s.peak_device_bytes, s.projected_device_bytes) << job.name << "\n" << plan;
      EXPECT_EQ(s.linked_bytes > 0, linked) << job.name << "\n" << plan;
      const std::string says = format_size(s.linked_bytes) + " of it between devices, by NCCL 2.28.9";
      EXPECT_EQ(plan.find(says) != std::string::npos, linked) << job.name << "\n" << plan;
    }
  }
}

TEST_F(LinksTest, BringOtherChunks) {
  Session gpu(options("cuda", 4 * mib));
  const auto spread = [](Session& s) { return s.persist(whole({400, 320}, 9, {25, 320}) * 3.0); };
  const Array x = spread(gpu);
  const std::vector<Sink> sinks{persist(rechunk(x, {400, 20}))};
  const std::string plan = gpu.explain_together(sinks);
  const Array other = gpu.compute(sinks)[0].array();
  EXPECT_EQ(gpu.statistics().messages, messages_in(plan)) << plan;
  EXPECT_EQ(gpu.statistics().linked_bytes, gpu.statistics().bytes_moved) << plan;
  EXPECT_EQ(gpu.statistics().linked_bytes > 0, gpu.size() > 1);
  EXPECT_TRUE(bytes_of(gpu.compute(other)) == bytes_of(plain->compute(spread(*plain))));
}

// Ranks that share a GPU can't be linked.
TEST_F(LinksTest, AreNotWhereRanksShareAGpu) {
  setenv("TESSERA_SIMULATED_GPUS", "1", 1);
  Session gpu(options("cuda"));
  if (gpu.size() == 1) GTEST_SKIP() << "one rank";
  EXPECT_EQ(gpu.link(), "nothing: ranks 0 and 1 share a GPU");
  const Array made = shifts(gpu);
  EXPECT_NE(gpu.explain({gather(made)}).find("between devices, through the hosts' memory: ranks 0 and 1 share a GPU"),
            std::string::npos);
  EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(jobs()[0]));
  EXPECT_EQ(gpu.statistics().linked_bytes, 0);
  EXPECT_EQ(simulated.open(), 0);
}

// A rank that never connects, or fails to: all go through the hosts' memory, and say why.
TEST_F(LinksTest, AreGivenUpWhereOneRankDoesNotConnect) {
  for (const bool fails : {false, true}) {
    setenv("TESSERA_LINK_SECONDS", fails ? "60" : "1", 1);
    Session gpu(options("cuda"));
    if (gpu.size() == 1) GTEST_SKIP() << "one rank";
    const Array made = shifts(gpu);
    if (gpu.rank() == gpu.size() - 1) fails ? simulated.fail_at(1) : simulated.never(1);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(jobs()[0]));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    EXPECT_EQ(gpu.statistics().linked_bytes, 0);
    simulated.mend_nccl();
    const std::string why = fails ? "ncclCommInitRankConfig: unhandled system error"
                                  : "has not connected the ranks in 1 s (TESSERA_LINK_SECONDS)";
    EXPECT_NE(gpu.link().find(why), std::string::npos) << gpu.link();
    EXPECT_NE(gpu.explain({gather(made)}).find(why), std::string::npos);
    EXPECT_EQ(simulated.open(), 0);
    EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(jobs()[0]));
  }
  unsetenv("TESSERA_LINK_SECONDS");
}

// One call after another fails on one rank, of NCCL's or of the driver's: all ranks throw, within seconds, or none, and go on.
class LinkFaults : public LinksTest, public ::testing::WithParamInterface<bool> {};

TEST_P(LinkFaults, AreEveryones) {
  const bool of_driver = GetParam();
  const auto arm = of_driver ? simulated.fail_gpu_at : simulated.fail_at;
  bool all_done = false;
  for (long long at = 1; !all_done; at += of_driver ? 3 + at / 3 : 1) {
    Session gpu(options("cuda"));
    if (gpu.size() == 1) GTEST_SKIP() << "one rank";
    const Array made = shifts(gpu);
    const bool failing = gpu.rank() == gpu.size() - 1;
    if (failing) arm(at);
    const std::string where = "call " + std::to_string(at);
    const double seconds = expect_everyones(
        gpu, [&] { EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(jobs()[0])) << where; }, false, where);
    EXPECT_LT(seconds, 10) << where;
    std::int64_t left[1] = {!failing ? 0 : of_driver ? simulated.mend() : simulated.mend_nccl()};
    gpu.communicator().allreduce_max(left);
    all_done = left[0] > 0;
    EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(jobs()[0])) << "after " << where;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, LinkFaults, ::testing::Bool(),
                         [](const auto& p) { return p.param ? "TheDriver" : "Nccl"; });

// What NCCL says of something under way, on one rank; and one whose GPU stands still.
TEST_F(LinksTest, ErrorsOnTheWayAreEveryones) {
  Session gpu(options("cuda"));
  if (gpu.size() == 1) GTEST_SKIP() << "one rank";
  const Array made = shifts(gpu);
  EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(jobs()[0]));
  for (int k = 0; k < 2; k++) {
    if (gpu.rank() == 0) simulated.error(2);
    const double seconds = expect_everyones(
        gpu, [&] { gpu.compute(made); }, true, "an error of NCCL");
    EXPECT_LT(seconds, 10);
    simulated.mend_nccl();
    EXPECT_TRUE(bytes_of(gpu.compute(made)) == expected(jobs()[0]));
    EXPECT_GT(gpu.statistics().linked_bytes, 0) << "it is connected again";
  }
  EXPECT_EQ(simulated.open(), 1);
}

// The host waits for the stream of the exchange, and that for the one in which sums are added up: without either some schedule shows it.
// What is compared comes after the same with other elements, which are what memory has where they are not waited for.
TEST_F(LinksTest, WithoutTheirWaitsSomeScheduleShowsIt) {
  const auto shifted = [](Session& s, std::uint64_t seed) {
    const Array x = s.persist(whole({400, 320}, seed, {25, 320}));
    return x[{Slice{40, {}, {}}}] - x[{Slice{{}, -40, {}}}];
  };
  const auto added = [](Session& s, std::uint64_t seed) {
    const Array a = s.persist(whole({40000, 20}, seed, {2500, 20}));
    return matmul(a.T(), s.persist(whole({40000, 24}, seed + 1, {2500, 24})));
  };
  if (plain->size() == 1) GTEST_SKIP() << "one rank";
  for (const bool of_host : {true, false}) {
    const auto make = [&](Session& s, std::uint64_t seed) { return of_host ? shifted(s, seed) : added(s, seed); };
    const auto right = bytes_of(plain->compute(make(*plain, 5)));
    std::int64_t shown[1] = {0};
    for (int runs = 0; runs < 30 && shown[0] == 0; runs++) {
      Session gpu(options("cuda"));
      simulated.begin_log();
      gpu.compute(make(gpu, 1));
      const int link = simulated.stream();
      int adds = 0;
      for (const auto& e : logged())
        if (e.what == simulated::Given::stream_waits && e.stream == link) adds = e.of;
      const Array made = make(gpu, 5);
      of_host ? simulated.lose_waits(link, -1) : simulated.lose_waits(adds, link);
      try {
        shown[0] = bytes_of(gpu.compute(made)) != right;
      } catch (const Error&) {
        shown[0] = 1;
      }
      simulated.lose_waits(0, 0);
      gpu.communicator().allreduce_max(shown);
      simulated.mend();  // what is still under way, on all ranks
      gpu.communicator().barrier();
    }
    EXPECT_EQ(shown[0], 1) << (of_host ? "of the host" : "of the exchange");
  }
}

// NCCL itself, where there is one, without a GPU: it makes a name, and does not connect.
TEST(RealNccl, IsGivenUpWithoutAGpu) {
  if (LinksTest::simulated) GTEST_SKIP() << "the simulated one";
  setenv("TESSERA_SIMULATED_GPUS", "5", 1);
  const SessionOptions options{.memory = 256 * mib, .threads = 1, .device = "cuda", .device_memory = 64 * mib};
  Session gpu(options);
  if (gpu.size() == 1) GTEST_SKIP() << "one rank";
  const bool found = gpu.link().starts_with("NCCL 2.");
  const Array x = gpu.persist(whole({400, 320}, 1, {25, 320}));
  Session cpu(SessionOptions{.memory = 256 * mib, .threads = 1, .device = "cpu"});
  const Array y = cpu.persist(whole({400, 320}, 1, {25, 320}));
  const auto shifted = [](const Array& a) { return a[{Slice{2, {}, {}}}] - a[{Slice{{}, -2, {}}}]; };
  EXPECT_TRUE(bytes_of(gpu.compute(shifted(x))) == bytes_of(cpu.compute(shifted(y))));
  EXPECT_NE(gpu.link().find(found ? "NCCL: ncclCommInitRankConfig: unhandled cuda error" : "libnccl.so.2"),
            std::string::npos)
      << gpu.link();
}

// Cards of ranks, by what they say alone.
TEST(LinkCards, SayWhyNot) {
  const auto card = [](const char* identity, const char* name, const char* why_not = "") {
    LinkCard c;
    std::strcpy(c.identity, identity), std::strcpy(c.name, name), std::strcpy(c.why_not, why_not);
    return c;
  };
  const LinkCard a = card("a", "NCCL 2.28.9"), b = card("b", "NCCL 2.28.9");
  EXPECT_EQ(why_not_linked(std::vector{a, b}), "");
  EXPECT_EQ(why_not_linked(std::vector{a, b, a}), "ranks 0 and 2 share a GPU");
  EXPECT_EQ(why_not_linked(std::vector{a, card("b", "NCCL 2.18.3")}), "rank 0 has NCCL 2.28.9, and rank 1 NCCL 2.18.3");
  EXPECT_EQ(why_not_linked(std::vector{a, card("b", "", "TESSERA_NCCL is none")}), "rank 1: TESSERA_NCCL is none");
}

}  // namespace
}  // namespace tessera::testing

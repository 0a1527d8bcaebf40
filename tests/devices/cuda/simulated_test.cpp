// What the simulated driver finds in kernels whose threads meet: results that depend on an order of threads, and meetings that not all
// come to.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include <tessera/core/cuda/module.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::testing {
namespace {

class Simulated : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    const cuda::Driver* driver = cuda::find_driver(why);
    const cuda::Nvrtc* nvrtc = cuda::find_nvrtc(why);
    ASSERT_TRUE(driver && nvrtc) << why;
    context_ = std::make_shared<cuda::Context>(*driver, *nvrtc, 0);
    context_->check(context_->enter().cuMemAlloc(&memory_, bytes), "cuMemAlloc");
    context_->check(driver->cuStreamCreate(&stream_, 1), "cuStreamCreate");
  }
  void TearDown() override {
    context_->driver().cuMemFree(memory_);
    context_->driver().cuStreamDestroy(stream_);
  }

  static constexpr std::size_t bytes = 256 * sizeof(int);
  /// What 256 threads of `kernel` leave in `int* out`, which begins as zeros.
  std::vector<int> run(const std::string& body) {
    const cuda::Module module(
        context_,
        "extern \"C\" __global__ void __launch_bounds__(256) kernel(int* out) {\n  const int t = threadIdx.x;\n" +
            body + "}\n");
    std::vector<int> values(256, 0);
    const auto must = [&](cuda::Result r) { context_->check(r, "simulated"); };
    must(context_->driver().cuMemcpyHtoDAsync(memory_, values.data(), bytes, stream_));
    module.launch(module.function("kernel"), 256, &memory_, stream_);
    must(context_->driver().cuMemcpyDtoHAsync(values.data(), memory_, bytes, stream_));
    must(context_->driver().cuStreamSynchronize(stream_));
    return values;
  }
  /// True when every one of many orders of threads gives what `right` says.
  template <class F>
  bool always(const std::string& body, F right) {
    for (int k = 0; k < 20; k++) {
      const auto values = run(body);
      for (int t = 0; t < 256; t++)
        if (values[static_cast<std::size_t>(t)] != right(t)) return false;
    }
    return true;
  }
  void expect_refused(const std::string& body) {
    EXPECT_THROW(run(body), IoError) << body;
    void* library = dlopen(std::getenv("TESSERA_CUDA_DRIVER"), RTLD_NOW | RTLD_NOLOAD);
    reinterpret_cast<long long (*)()>(dlsym(library, "simulated_mend"))();
  }

  std::shared_ptr<cuda::Context> context_;
  CUdeviceptr memory_ = 0;
  CUstream stream_ = nullptr;
};

TEST_F(Simulated, ThreadsMeetAtBarriers) {
  const auto right = [](int t) { return 3 * (255 - t); };
  EXPECT_TRUE(
      always("  __shared__ int all[256];\n  all[t] = 3 * t;\n  __syncthreads();\n  out[t] = all[255 - t];\n", right));
  EXPECT_FALSE(always("  __shared__ int all[256];\n  all[t] = 3 * t;\n  out[t] = all[255 - t];\n", right));
}

TEST_F(Simulated, LanesSeeOneAnother) {
  EXPECT_TRUE(
      always("  out[t] = __shfl_down_sync(0xffffffffu, t, 3, 16);\n", [](int t) { return t % 16 < 13 ? t + 3 : t; }));
  EXPECT_TRUE(always("  out[t] = __shfl_sync(0xffffffffu, t * 7, 5);\n", [](int t) { return (t / 32 * 32 + 5) * 7; }));
  EXPECT_TRUE(always("  out[t] = static_cast<int>(__ballot_sync(0xffffffffu, t % 3 == 0));\n", [](int t) {
    unsigned bits = 0;
    for (int l = 0; l < 32; l++) bits |= static_cast<unsigned>((t / 32 * 32 + l) % 3 == 0) << l;
    return static_cast<int>(bits);
  }));
  // Half a warp by itself.
  EXPECT_TRUE(always("  if (t % 32 < 16) out[t] = __shfl_down_sync(0x0000ffffu, t, 1, 16);\n", [](int t) {
    return t % 32 >= 16 ? 0 : t % 16 < 15 ? t + 1 : t;
  }));
}

TEST_F(Simulated, RefusesMeetingsThatNotAllComeTo) {
  expect_refused("  if (t < 100) __syncthreads();\n  out[t] = t;\n");
  expect_refused("  if (t % 2)\n    __syncthreads();\n  else\n    __syncthreads();\n  out[t] = t;\n");
  expect_refused("  if (t % 32 < 16) out[t] = __shfl_down_sync(0xffffffffu, t, 1);\n");
  expect_refused("  if (t % 32 < 16) out[t] = __shfl_down_sync(0xffff0000u, t, 1);\n");
  expect_refused("  if (t == 7) __syncthreads();\n  out[t] = __shfl_sync(0xffffffffu, t, 0);\n");
  // And is sound afterwards.
  EXPECT_TRUE(always("  out[t] = t;\n", [](int t) { return t; }));
}

TEST_F(Simulated, RefusesWhatIsNotItsMemory) {
  expect_refused("  out[t + 4096] = t;\n");
  expect_refused("  __syncthreads();\n  if (t == 9) out[t + 4096] = t;\n  __syncthreads();\n");
  EXPECT_TRUE(always("  out[t] = t;\n", [](int t) { return t; }));
}

}  // namespace
}  // namespace tessera::testing

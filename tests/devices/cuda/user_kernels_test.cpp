// Functions of users' in CUDA C++: of elements and of chunks, beside functions of C++ that give the same, and alone; what becomes of texts
// that don't compile, and of sessions without a GPU. Through a simulated driver.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <complex>
#include <cstdlib>
#include <map>
#include <memory>

#include <tessera/distributed/failure.hpp>
#include <tessera/tessera.hpp>

namespace tessera::testing {
namespace {

constexpr std::int64_t mib = 1 << 20;
const Shape shape{610, 90};  // large enough for a GPU

/// One on each device, for all tests.
class Sessions : public ::testing::Environment {
 public:
  void TearDown() override { made_.clear(); }
  Session& on(const std::string& device) {
    auto& session = made_[device];
    if (!session)
      session = std::make_unique<Session>(SessionOptions{
          .memory = 256 * mib, .threads = 1, .device = device, .device_memory = device == "cuda" ? 256 * mib : 0});
    return *session;
  }

 private:
  std::map<std::string, std::unique_ptr<Session>> made_;
};
Sessions& sessions = *static_cast<Sessions*>(::testing::AddGlobalTestEnvironment(new Sessions));
Session& on(const char* device) { return sessions.on(device); }
std::vector<std::byte> bytes_of(const Result& r) { return {r.bytes().begin(), r.bytes().end()}; }

Array numbers() { return uniform(shape, -3, 3, {.seed = 1, .chunks = {200, 40}}); }

/// What a function makes of numbers() is the same on both, and the GPU makes it.
template <class F>
void expect_same(const F& function) {
  const Array y = function(numbers());
  EXPECT_NE(on("cuda").explain({gather(y)}).find("on       cuda"), std::string::npos)
      << on("cuda").explain({gather(y)});
  EXPECT_TRUE(bytes_of(on("cuda").compute(y)) == bytes_of(on("cpu").compute(y)));
}

/// What computing it throws: of the expected type on all ranks, with the same words on all.
template <class E>
std::string error_of(Session& session, const Array& x) {
  std::string text;
  try {
    session.compute(x);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const E& e) {
    text = e.what();
  }
  std::string first = text;
  session.communicator().broadcast(first, 0);
  EXPECT_EQ(text, first);
  return text;
}

TEST(UserMaps, HaveACallableBesideThem) {
  expect_same([](const Array& x) {
    return map([](double a) { return a * a - 2 * a; }, x,
               {.name = "parabola", .cuda = "__device__ double parabola(double a) { return a * a - 2 * a; }"});
  });
  // Between other operations, of other dtypes, broadcast, and folded.
  expect_same([](const Array& x) {
    const Array y = map([](float a, std::int32_t b, bool c) { return c ? a * static_cast<float>(b) : -a; },
                        {x + 1.0, arange(90), x > 0.0},
                        {.name = "scaled",
                         .cuda = "// A helper of its own.\n"
                                 "__device__ float times(float a, int32_t b) { return a * static_cast<float>(b); }\n"
                                 "__device__ float scaled(float a, int b, bool c) { return c ? times(a, b) : -a; }\n"});
    return y * 2.0F + 1.0F;
  });
  expect_same([](const Array& x) {
    return sum(map([](double a) { return a > 0; }, x.T()[{Slice{{}, {}, -1}}],
                   {.name = "positive", .cuda = "__device__ bool positive(double a) { return a > 0; }"}),
               {.axis = {0}});
  });
  expect_same([](const Array& x) {
    return map(
        [](std::complex<double> a) { return std::complex<double>(a.imag(), -a.real()); }, astype(x, DType::complex128),
        {.name = "turned", .cuda = "__device__ Complex<double> turned(Complex<double> a) { return {a.im, -a.re}; }"});
  });
}

TEST(UserMaps, AreWorthAGpuHoweverSmall) {
  const Array y = map<double(double)>(cuda_alone, arange(5) * 1.0,
                                      {.name = "twice", .cuda = "__device__ double twice(double a) { return 2 * a; }"});
  EXPECT_EQ(on("cuda").values<double>(y + 1.0), (std::vector<double>{1, 3, 5, 7, 9}));
}

TEST(UserMaps, AloneAreNoneOfTheCpus) {
  const MapOptions options{.name = "half", .cuda = "__device__ double half(double a) { return a / 2; }"};
  const Array y = map<double(double)>(cuda_alone, numbers(), options);
  EXPECT_NE(
      error_of<UsageError>(on("cpu"), y).find("'half' has a CUDA text alone, and this session computes on the CPU"),
      std::string::npos);
  // Sorting is the CPU's: what it sorts is made before.
  EXPECT_NE(error_of<UsageError>(on("cuda"), sort(y, {.axis = 0})).find("persist it first"), std::string::npos);
  const Array kept = on("cuda").persist(y);
  EXPECT_EQ(on("cuda").values<double>(sort(kept, {.axis = 0})),
            on("cpu").values<double>(sort(numbers() / 2.0, {.axis = 0})));
  EXPECT_THROW((map<double(double)>(cuda_alone, numbers(), {.name = "none"})), ValueError);
  EXPECT_THROW((map<double(double)>(cuda_alone, numbers(), {.name = "no name", .cuda = options.cuda})), ValueError);
}

TEST(UserMaps, SayWhereTheyDontCompile) {
  const Array y = map<double(double)>(
      cuda_alone, numbers(),
      {.name = "broken", .cuda = "__device__ double broken(double a) {\n  double b = a;\n  return b + missing;\n}\n"});
  const std::string text = error_of<ValueError>(on("cuda"), y);
  EXPECT_NE(text.find("map 'broken': its CUDA text does not compile"), std::string::npos) << text;
  // g++'s way, and NVRTC's.
  EXPECT_TRUE(text.find("broken:3") != std::string::npos || text.find("broken(3)") != std::string::npos) << text;
  EXPECT_NE(text.find("missing"), std::string::npos) << text;
  // And the session goes on.
  EXPECT_TRUE(bytes_of(on("cuda").compute(numbers() * 2.0)) == bytes_of(on("cpu").compute(numbers() * 2.0)));
}

TEST(UserBlocks, SeeWhatFunctionsOfCppSee) {
  // Sums of rows by a block each, through memory that its threads share.
  expect_same([](const Array& x) {
    return map_blocks(
        [](BlockView<const double> in, BlockView<double> out, const BlockPlace& place) {
          for (std::int64_t i = 0; i < in.extent(0); i++) {
            double lanes[32] = {};
            for (std::int64_t j = 0; j < in.extent(1); j++) lanes[j % 32] += in(i, j);
            for (int step = 16; step > 0; step /= 2)
              for (int l = 0; l < step; l++) lanes[l] += lanes[l + step];
            out(i, 0) = lanes[0] + static_cast<double>(place.box.lo[0] + i);
          }
        },
        x,
        {.name = "sums_of_rows",
         .chunks = {{200, 200, 200, 10}, {1}},
         .cuda = R"(
extern "C" __global__ void sums_of_rows(BlockView<const double> in, BlockView<double> out, BlockPlace place) {
  extern __shared__ double lanes[];
  const int l = threadIdx.x;
  lanes[l] = 0;
  for (long long j = l; j < in.extent(1); j += 32) lanes[l] += in(blockIdx.x, j);
  __syncthreads();
  for (int step = 16; step > 0; step /= 2) {
    if (l < step) lanes[l] += lanes[l + step];
    __syncthreads();
  }
  if (l == 0) out(blockIdx.x, 0) = lanes[0] + static_cast<double>(place.lo[0] + blockIdx.x);
})",
         .cuda_grid = [](const Shape& made) {
           return CudaGrid{.blocks = {made[0], 1, 1}, .threads = {32, 1, 1}, .shared = 32 * sizeof(double)};
         }});
  });
  // A grid of two dimensions, what nobody writes is 0, and elements that lie otherwise.
  expect_same([](const Array& x) {
    return map_blocks(
        [](BlockView<const double> in, BlockView<float> out) {
          for (std::int64_t i = 0; i < in.extent(0); i++)
            for (std::int64_t j = 0; j < in.extent(1); j++)
              if (in(i, j) > 0) out(i, j) = static_cast<float>(in(i, j) * 2);
        },
        x.T(),
        {.name = "positive_ones",
         .cuda = R"(extern "C" __global__ void positive_ones(BlockView<const double> in, BlockView<float> out) {
  const long long i = blockIdx.y * blockDim.y + threadIdx.y, j = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < in.extent(0) && j < in.extent(1) && in(i, j) > 0) out(i, j) = static_cast<float>(in(i, j) * 2);
})",
         .cuda_grid = [](const Shape& made) {
           return CudaGrid{.blocks = {made[1] / 16 + 1, made[0] / 8 + 1, 1}, .threads = {16, 8, 1}};
         }});
  });
}

TEST(UserBlocks, SeeHalosAndFoldsGoOnBehindThem) {
  const auto means = [](const Array& x) {
    return map_overlap(
        [](BlockView<const double> in, BlockView<double> out) {
          for (std::int64_t i = 0; i < out.extent(0); i++)
            for (std::int64_t j = 0; j < out.extent(1); j++)
              out(i, j) = (in(i, j + 1) + in(i + 2, j + 1) + in(i + 1, j) + in(i + 1, j + 2)) / 4;
        },
        x, {1, 1}, {.name = "neighbours", .cuda = R"(
extern "C" __global__ void neighbours(BlockView<const double> in, BlockView<double> out) {
  const long long n = blockIdx.x * blockDim.x + threadIdx.x, i = n / out.extent(1), j = n % out.extent(1);
  if (n < out.size()) out(i, j) = (in(i, j + 1) + in(i + 2, j + 1) + in(i + 1, j) + in(i + 1, j + 2)) / 4;
})"});
  };
  expect_same(means);
  expect_same([&](const Array& x) { return mean(means(means(x)) * 2.0, {.axis = {1}}); });
}

TEST(UserBlocks, AreRefusedForWhatTheyAre) {
  using In = BlockView<const double>;
  using Out = BlockView<double>;
  const auto made = [](const std::string& name, const std::string& cuda,
                       std::function<CudaGrid(const Shape&)> grid = {}) {
    return map_blocks<void(In, Out)>(cuda_alone, {numbers()},
                                     {.name = name, .cuda = cuda, .cuda_grid = std::move(grid)});
  };
  const std::string body = "(BlockView<const double> in, BlockView<double> out) { out.data()[0] = 1; }";
  const auto expect = []<class E>(Session& session, const Array& x, const E*, const char* words) {
    const std::string text = error_of<E>(session, x);
    EXPECT_NE(text.find(words), std::string::npos) << text;
  };
  constexpr const ValueError* value = nullptr;
  constexpr const UsageError* usage = nullptr;
  expect(on("cpu"), made("f", "extern \"C\" __global__ void f" + body), usage, "CUDA text alone");
  expect(on("cuda"), made("f", "__global__ void f" + body), value, "extern \"C\"");
  expect(on("cuda"), made("g", "extern \"C\" __global__ void g(const double* in, double* out, int n) {}"), value,
         "must be");
  expect(on("cuda"), made("h", "extern \"C\" __global__ void h(BlockView<const double> in) {}"), value,
         "BlockView<const double>, BlockView<double>");
  for (const CudaGrid& grid :
       {CudaGrid{.threads = {33, 32, 1}}, CudaGrid{.blocks = {0, 1, 1}}, CudaGrid{.shared = 1 << 16}})
    expect(on("cuda"), made("k", "extern \"C\" __global__ void k" + body, [grid](const Shape&) { return grid; }), value,
           "a launch takes up to 1024 threads");
  EXPECT_EQ(on("cuda").values<double>(sum(numbers() * 0.0)), (std::vector<double>{0}));
}

TEST(UserBlocks, FailEverywhereWhenOneWritesWhereItMayNot) {
  const char* driver = std::getenv("TESSERA_CUDA_DRIVER");
  void* library = driver ? dlopen(driver, RTLD_NOW | RTLD_NOLOAD) : nullptr;
  const auto mend = reinterpret_cast<long long (*)()>(library ? dlsym(library, "simulated_mend") : nullptr);
  if (!mend) GTEST_SKIP() << "a GPU that stays broken";
  const Array y = map_blocks<void(BlockView<const double>, BlockView<double>)>(
      cuda_alone, {numbers()},
      {.name = "wild",
       .cuda = "extern \"C\" __global__ void wild(BlockView<const double> in, BlockView<double> out) {\n"
               "  if (threadIdx.x == 0 && blockIdx.x == 0) out.data()[100000] = in.data()[0];\n}\n"});
  EXPECT_THROW(on("cuda").compute(y), IoError);
  mend();
  EXPECT_TRUE(bytes_of(on("cuda").compute(numbers() + 1.0)) == bytes_of(on("cpu").compute(numbers() + 1.0)));
}

}  // namespace
}  // namespace tessera::testing

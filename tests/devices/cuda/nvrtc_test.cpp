// What NVRTC itself makes of the kernels' texts, where it is installed, with the product's options: machine code for three generations of
// GPUs, without a product and a sum fused into one rounding. It needs no GPU.
//
// NVRTC takes as long as there is code, and loops that are unrolled are most of it: all operations, and all folds, are compiled in the
// loop that has each of them once, and every loop with few of them. Texts are compiled for one of the three after another, what has
// CUDA's functions in it for each: what differs is what ptxas makes of the same PTX.
#include <gtest/gtest.h>

#include <regex>

#include <tessera/core/cuda/combine.hpp>
#include <tessera/core/cuda/fold_source.hpp>
#include <tessera/core/cuda/generate.hpp>
#include <tessera/core/cuda/integer_products.hpp>
#include <tessera/core/cuda/source.hpp>
#include <tessera/core/cuda/user_source.hpp>
#include <tessera/core/kernel/strided.hpp>

#include "kernel_text.hpp"
#include "nvrtc_here.hpp"

namespace tessera::testing {
namespace {

constexpr const char* architectures[] = {"sm_80", "sm_90", "sm_100"};

class NvrtcText : public NvrtcHere {
 protected:
  /// What it says of a text that it refuses.
  std::string refused(const std::string& text) const {
    const cuda::Compiled made = cuda::compile(nvrtc(), text, architectures[0]);
    EXPECT_TRUE(made.image.empty());
    return made.log;
  }
  /// For one of the architectures after another.
  void expect_compiled(const std::string& text) { compiled(text, architectures[next_++ % 3]); }

  static inline std::size_t next_ = 0;
};

/// All operations of a dtype and all casts from it.
Program everything(DType type) {
  Program p;
  p.inputs = {type, type, DType::bool_};
  const auto add = [&](const Instruction& in) {
    Program alone = p;
    alone.code = {in}, alone.outputs = {3};
    if (!cuda::has_source(alone)) return;
    p.code.push_back(in);
    p.outputs.push_back(p.code_value(p.code.size() - 1));
  };
  for (int o = 0; o < op_count - 1; o++) {
    const Op op = static_cast<Op>(o);
    if (op == Op::where)
      add({op, type, type, 2, 0, 1});
    else if (op != Op::ldexp && admits(info(op).rule, type))
      add({op, type, result_dtype(op, type), 0, 1, 0});
  }
  return p;
}

class Nvrtc : public NvrtcText, public ::testing::WithParamInterface<DType> {};

TEST_P(Nvrtc, CompilesEveryOperation) {
  const std::string text = only(cuda::map_source(everything(GetParam())), "map_near");
  if (is_real_floating(GetParam()))  // what has CUDA's functions in it
    for (const char* architecture : architectures) compiled(text, architecture);
  else
    expect_compiled(text);
}

/// (x * y + x) - x * y
Program arithmetic(DType type) {
  Program p;
  p.inputs = {type, type};
  p.code = {{Op::multiply, type, type, 0, 1, 0}, {Op::add, type, type, 2, 0, 0}, {Op::subtract, type, type, 3, 2, 0}};
  p.outputs = {4};
  return p;
}

TEST_P(Nvrtc, CompilesEveryLoopOfMaps) {
  if (GetParam() == DType::bool_) GTEST_SKIP() << "bools have no difference";
  expect_compiled(cuda::map_source(arithmetic(GetParam())));
}

Program reads(DType type) {
  Program p;
  p.inputs = {type}, p.outputs = {0};
  return p;
}

/// All folds of a dtype, as many at once as there may be.
std::vector<std::vector<Fold>> folds_of(DType type) {
  std::vector<std::vector<Fold>> all;
  for (int c = 0; c < static_cast<int>(Combiner::user); c++) {
    const Fold fold{static_cast<Combiner>(c), type};
    if (!cuda::has_fold_source(fold)) continue;
    if (all.empty() || is_complex(type) || all.back().size() == most_folds_together) all.emplace_back();
    all.back().push_back(fold);
  }
  all.push_back({{Combiner::sum, type}});
  return all;
}

TEST_P(Nvrtc, CompilesEveryFold) {
  for (const auto& folds : folds_of(GetParam()))
    expect_compiled(only(cuda::fold_source(reads(GetParam()), folds), "fold_along_any"));
}

// Of each kind of state.
TEST_F(NvrtcText, CompilesWhatCombinesStates) {
  for (const DType type : {DType::int8, DType::float64, DType::complex128})
    for (const auto& folds : folds_of(type))
      for (const Fold& fold : folds) expect_compiled(cuda::combine_source(fold));
}

// Elements of 1, 4, 8 and 16 bytes, of which a thread takes another number each.
TEST_F(NvrtcText, CompilesEveryLoopOfFolds) {
  for (const DType type : {DType::int8, DType::float32, DType::float64, DType::complex128}) {
    const std::vector<Fold> sum{{Combiner::sum, type}};
    expect_compiled(cuda::fold_source(reads(type), sum));
  }
}

TEST_F(NvrtcText, CompilesEveryGenerator) {
  const auto expect_generated = [&](const Generator& generator, DType type) {
    expect_compiled(cuda::generator_source(generator, type));
  };
  for (const DType type : {DType::bool_, DType::int8, DType::uint64, DType::float32, DType::complex128}) {
    expect_generated(ArangeSource{Scalar(1), Scalar(2)}, type);
    expect_generated(ArangeSource{Scalar(1.5), Scalar(2.5)}, type);
  }
  for (const DType type : {DType::float32, DType::float64})
    for (const auto kind : {RandomSource::Kind::uniform, RandomSource::Kind::normal})
      expect_generated(RandomSource{kind, {1, 2}}, type);
  for (const std::uint64_t span : {std::uint64_t{9}, std::uint64_t{1} << 40})
    expect_generated(LawSource{{1, 2}, std::make_shared<const Law>(IntegersLaw{DType::int64, 0, span})}, DType::int64);
}

UserMap user_map(const std::string& name, const std::string& cuda) {
  UserMap f;
  f.name = name, f.cuda = cuda;
  f.parameters = {DType::float32, DType::int64, DType::bool_, DType::complex128};
  f.result = DType::float32;
  return f;
}
ChunkFunction user_blocks(const std::string& name, const std::string& cuda) {
  ChunkFunction f;
  f.name = name, f.cuda = cuda;
  f.parameters = {DType::float64, DType::bool_};
  f.result = DType::float64;
  return f;
}

TEST_F(NvrtcText, CompilesWhatUsersWrite) {
  expect_compiled(
      cuda::map_source(user_map("scaled",
                                "__device__ float times(float a, int64_t b) { return a * static_cast<float>(b); }\n"
                                "__device__ float scaled(float a, long long b, bool c, Complex<double> d) {\n"
                                "  return c ? times(a, b) : hypotf(d.re, d.im);\n}\n")));
  const std::string parameters = "(BlockView<const double> in, BlockView<const bool> mask, BlockView<double> out";
  expect_compiled(cuda::blocks_source(user_blocks("k", "extern \"C\" __global__ void k" + parameters + R"() {
  extern __shared__ double shared[];
  shared[threadIdx.x] = in.is_dense() ? in.data()[threadIdx.x] : in(blockIdx.x, threadIdx.x);
  __syncthreads();
  if (mask(blockIdx.x, threadIdx.x)) out[threadIdx.x] = shared[threadIdx.x] + in.size() + in.stride(0) + in.extent(1);
})")));
  expect_compiled(cuda::blocks_source(
      user_blocks("k", "extern \"C\" __global__ void k" + parameters + ", BlockPlace p) { out[0] = p.lo[0]; }")));
}

TEST_F(NvrtcText, NamesTheLinesOfWhatItRefuses) {
  const std::string of_map = refused(cuda::map_source(
      user_map("broken", "__device__ float broken(float a, int, bool, Complex<double>) {\n  return a + b;\n}\n")));
  EXPECT_NE(of_map.find("broken(2): error: identifier \"b\" is undefined"), std::string::npos) << of_map;
  const std::string of_kernel = refused(
      cuda::blocks_source(user_blocks("k", "extern \"C\" __global__ void k(const double* in, double* out) {}")));
  EXPECT_NE(of_kernel.find("k must be: extern"), std::string::npos) << of_kernel;
}

TEST_F(NvrtcText, CompilesProductsOfIntegers) {
  for (const DType type : {DType::bool_, DType::int8, DType::uint16, DType::int32, DType::uint64})
    expect_compiled(cuda::integer_product_source(type));
}

TEST_F(NvrtcText, RoundsEveryProductAndSum) {
  for (const DType type : {DType::float32, DType::float64, DType::complex128}) {
    const std::string ptx = compiled(cuda::map_source(arithmetic(type)), "compute_90").image;
    const auto count = [&](const char* pattern) {
      const std::regex wanted(pattern);
      return std::distance(std::sregex_iterator(ptx.begin(), ptx.end(), wanted), std::sregex_iterator());
    };
    EXPECT_GT(count(R"(mul\.rn\.f(32|64))"), 0) << ptx;
    EXPECT_GT(count(R"(add\.rn\.f(32|64))"), 0) << ptx;
    EXPECT_EQ(count(R"(fma\.\S*f(32|64))"), 0) << ptx;
    EXPECT_EQ(count(R"((mul|add|sub)\.(ftz\.)?f(32|64))"), 0) << "without a rounding, which ptxas may fuse\n" << ptx;
    EXPECT_GT(count(R"(ld\.global\S*\.v(2|4)\S* )"), 0) << "16 bytes at a time\n" << ptx;
    EXPECT_GT(count(R"(st\.global\S*\.v(2|4)\S* )"), 0) << "16 bytes at a time\n" << ptx;
  }
}

TEST_F(NvrtcText, FoldsWithoutFusing) {
  for (const Combiner combiner : {Combiner::sum, Combiner::nan_moments}) {
    const std::vector<Fold> fold{{combiner, DType::float64}};
    const std::string text = cuda::fold_source(arithmetic(DType::float64), fold);
    const std::string ptx = compiled(text, "compute_90").image;
    // A quotient of the device has them, rounded right.
    if (combiner == Combiner::sum) {
      EXPECT_EQ(ptx.find("fma."), std::string::npos) << ptx;
    }
    EXPECT_FALSE(std::regex_search(ptx, std::regex(R"((mul|add|sub)\.(ftz\.)?f(32|64))"))) << ptx;
    EXPECT_TRUE(std::regex_search(ptx, std::regex(R"(ld\.\S*v2\S* )"))) << "16 bytes at a time\n" << ptx;
  }
  const std::vector<Fold> both{{Combiner::sum, DType::float64}, {Combiner::nan_moments, DType::float64}};
  expect_compiled(cuda::fold_source(arithmetic(DType::float64), both));
}

INSTANTIATE_TEST_SUITE_P(Texts, Nvrtc,
                         ::testing::Values(DType::bool_, DType::int8, DType::int16, DType::int32, DType::int64,
                                           DType::uint8, DType::uint16, DType::uint32, DType::uint64, DType::float32,
                                           DType::float64, DType::complex64, DType::complex128),
                         [](const auto& p) { return to_string(p.param); });

}  // namespace
}  // namespace tessera::testing

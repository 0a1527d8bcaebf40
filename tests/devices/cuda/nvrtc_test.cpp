// What NVRTC itself makes of the kernels' texts, where it is installed: machine code for three generations of GPUs, without a product and
// a sum fused into one rounding. It needs no GPU.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <regex>

#include <tessera/core/cuda/driver.hpp>
#include <tessera/core/cuda/fold_source.hpp>
#include <tessera/core/cuda/generate.hpp>
#include <tessera/core/cuda/source.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera::testing {
namespace {

/// What NVRTC makes of `text`: machine code for "sm_90", PTX for "compute_90". Nothing, and its words in `log`, where it refuses it.
std::string compiled(const cuda::Nvrtc& nvrtc, const std::string& text, const std::string& architecture,
                     std::string& log) {
  nvrtcProgram program = nullptr;
  EXPECT_EQ(nvrtc.nvrtcCreateProgram(&program, text.c_str(), "test.cu", 0, nullptr, nullptr), 0);
  const std::string option = "--gpu-architecture=" + architecture;
  const char* options[] = {option.c_str(),
                           "--std=c++20",
                           "--fmad=false",
                           "--ftz=false",
                           "--prec-div=true",
                           "--prec-sqrt=true",
                           "--device-as-default-execution-space"};
  std::string image;
  std::size_t bytes = 0;
  const bool ptx = architecture.starts_with("compute");
  if (nvrtc.nvrtcCompileProgram(program, 7, options) == 0) {
    EXPECT_EQ((ptx ? nvrtc.nvrtcGetPTXSize : nvrtc.nvrtcGetCUBINSize)(program, &bytes), 0);
    image.resize(bytes);
    EXPECT_EQ((ptx ? nvrtc.nvrtcGetPTX : nvrtc.nvrtcGetCUBIN)(program, image.data()), 0);
  } else {
    nvrtc.nvrtcGetProgramLogSize(program, &bytes);
    log.resize(bytes);
    nvrtc.nvrtcGetProgramLog(program, log.data());
  }
  nvrtc.nvrtcDestroyProgram(&program);
  return image;
}

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

class Nvrtc : public ::testing::TestWithParam<DType> {};

TEST_P(Nvrtc, CompilesEveryOperation) {
  std::string why, log;
  const cuda::Nvrtc* nvrtc = cuda::find_nvrtc(why);
  if (!nvrtc) GTEST_SKIP() << why;
  const std::string text = cuda::map_source(everything(GetParam()));
  EXPECT_FALSE(compiled(*nvrtc, text, "sm_90", log).empty()) << log << text;
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
  std::string why, log;
  const cuda::Nvrtc* nvrtc = cuda::find_nvrtc(why);
  if (!nvrtc) GTEST_SKIP() << why;
  Program read;
  read.inputs = {GetParam()}, read.outputs = {0};
  for (const auto& folds : folds_of(GetParam())) {
    const std::string text = cuda::fold_source(read, folds);
    EXPECT_FALSE(compiled(*nvrtc, text, "sm_90", log).empty()) << log << text;
  }
}

TEST(NvrtcText, CompilesEveryGenerator) {
  std::string why, log;
  const cuda::Nvrtc* nvrtc = cuda::find_nvrtc(why);
  if (!nvrtc) GTEST_SKIP() << why;
  const auto expect_compiled = [&](const Generator& generator, DType type) {
    const std::string text = cuda::generator_source(generator, type);
    EXPECT_FALSE(compiled(*nvrtc, text, "sm_90", log).empty()) << log << text;
  };
  for (const DType type : {DType::bool_, DType::int8, DType::uint64, DType::float32, DType::complex128}) {
    expect_compiled(ArangeSource{Scalar(1), Scalar(2)}, type);
    expect_compiled(ArangeSource{Scalar(1.5), Scalar(2.5)}, type);
  }
  for (const DType type : {DType::float32, DType::float64})
    for (const auto kind : {RandomSource::Kind::uniform, RandomSource::Kind::normal})
      expect_compiled(RandomSource{kind, {1, 2}}, type);
  for (const std::uint64_t span : {std::uint64_t{9}, std::uint64_t{1} << 40})
    expect_compiled(LawSource{{1, 2}, std::make_shared<const Law>(IntegersLaw{DType::int64, 0, span})}, DType::int64);
}

/// (x * y + x) - x * y
Program arithmetic(DType type) {
  Program p;
  p.inputs = {type, type};
  p.code = {{Op::multiply, type, type, 0, 1, 0}, {Op::add, type, type, 2, 0, 0}, {Op::subtract, type, type, 3, 2, 0}};
  p.outputs = {4};
  return p;
}

TEST(NvrtcText, RoundsEveryProductAndSum) {
  std::string why, log;
  const cuda::Nvrtc* nvrtc = cuda::find_nvrtc(why);
  if (!nvrtc) GTEST_SKIP() << why;
  for (const DType type : {DType::float32, DType::float64, DType::complex128}) {
    const std::string text = cuda::map_source(arithmetic(type));
    for (const char* architecture : {"sm_80", "sm_100"})
      EXPECT_FALSE(compiled(*nvrtc, text, architecture, log).empty()) << architecture << "\n" << log;
    const std::string ptx = compiled(*nvrtc, text, "compute_90", log);
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

TEST(NvrtcText, FoldsWithoutFusing) {
  std::string why, log;
  const cuda::Nvrtc* nvrtc = cuda::find_nvrtc(why);
  if (!nvrtc) GTEST_SKIP() << why;
  for (const Combiner combiner : {Combiner::sum, Combiner::nan_moments}) {
    const std::vector<Fold> fold{{combiner, DType::float64}};
    const std::string text = cuda::fold_source(arithmetic(DType::float64), fold);
    for (const char* architecture : {"sm_80", "sm_100"})
      EXPECT_FALSE(compiled(*nvrtc, text, architecture, log).empty()) << architecture << "\n" << log;
    const std::string ptx = compiled(*nvrtc, text, "compute_90", log);
    // A quotient of the device has them, rounded right.
    if (combiner == Combiner::sum) {
      EXPECT_EQ(ptx.find("fma."), std::string::npos) << ptx;
    }
    EXPECT_FALSE(std::regex_search(ptx, std::regex(R"((mul|add|sub)\.(ftz\.)?f(32|64))"))) << ptx;
    EXPECT_TRUE(std::regex_search(ptx, std::regex(R"(ld\.\S*v2\S* )"))) << "16 bytes at a time\n" << ptx;
  }
}

INSTANTIATE_TEST_SUITE_P(Texts, Nvrtc,
                         ::testing::Values(DType::bool_, DType::int8, DType::int16, DType::int32, DType::int64,
                                           DType::uint8, DType::uint16, DType::uint32, DType::uint64, DType::float32,
                                           DType::float64, DType::complex64, DType::complex128),
                         [](const auto& p) { return to_string(p.param); });

}  // namespace
}  // namespace tessera::testing

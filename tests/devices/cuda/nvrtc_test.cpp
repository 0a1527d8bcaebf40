// What NVRTC itself makes of the kernels' texts, where it is installed: machine code for three generations of GPUs, without a product and
// a sum fused into one rounding. It needs no GPU.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <regex>

#include <tessera/core/cuda/driver.hpp>
#include <tessera/core/cuda/source.hpp>

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

INSTANTIATE_TEST_SUITE_P(Texts, Nvrtc,
                         ::testing::Values(DType::bool_, DType::int8, DType::int16, DType::int32, DType::int64,
                                           DType::uint8, DType::uint16, DType::uint32, DType::uint64, DType::float32,
                                           DType::float64, DType::complex64, DType::complex128),
                         [](const auto& p) { return to_string(p.param); });

}  // namespace
}  // namespace tessera::testing

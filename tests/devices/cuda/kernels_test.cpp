// What the GPU's kernels give, bit for bit what the CPU's do: every operation and cast on every dtype, any strides, any count. Through a
// simulated driver, unless TESSERA_CUDA_DRIVER names another one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <random>

#include <tessera/core/cuda/cuda_device.hpp>
#include <tessera/core/cuda/source.hpp>

#include "on_gpu.hpp"

namespace tessera::testing {
namespace {

struct Operand {
  std::vector<std::byte> bytes;
  std::int64_t first;  ///< byte of the element at index 0
  Dims strides;
};

/// Runs `program` over `extent` on both, and compares all that the outputs' buffers hold.
void expect_same(const Program& program, const Dims& extent, const std::vector<Operand>& inputs,
                 const std::vector<ScalarBits>& scalars, const std::vector<Operand>& outputs, const std::string& what) {
  std::vector<OnGpu> held;
  held.reserve(inputs.size() + outputs.size());
  std::vector<StridedInput> here, there;
  for (const auto& in : inputs) {
    held.emplace_back(in.bytes);
    here.push_back({in.bytes.data() + in.first, in.strides});
    there.push_back({held.back().data() + in.first, in.strides, Space::device});
  }
  std::vector<std::vector<std::byte>> expected;
  expected.reserve(outputs.size());
  std::vector<StridedOutput> to_here, to_there;
  for (const auto& out : outputs) {
    expected.push_back(out.bytes);
    held.emplace_back(out.bytes);
    to_here.push_back({expected.back().data() + out.first, out.strides});
    to_there.push_back({held.back().data() + out.first, out.strides, Space::device});
  }
  host_device().compile(program)->map({}, extent, here, scalars, to_here, false);
  const auto kernel = gpu()->compile(program);
  kernel->map({1}, extent, there, scalars, to_there, false);
  gpu()->wait(Stream{1});
  for (std::size_t k = 0; k < outputs.size(); k++) {
    const DType type = program.type(program.outputs[k]);
    const auto got = held[inputs.size() + k].bytes(static_cast<std::int64_t>(outputs[k].bytes.size()));
    EXPECT_EQ(difference(type, got, expected[k]), -1) << what << ", output " << k << " of\n" << to_string(program);
  }
}

Operand dense(DType type, std::int64_t n, unsigned seed) { return {elements(type, n, seed), 0, {item_size(type)}}; }
Operand result(DType type, std::int64_t n) {
  return {std::vector<std::byte>(static_cast<std::size_t>(n * item_size(type)), std::byte{0x5A}), 0, {item_size(type)}};
}

/// What CUDA has functions of its own for, whose last bits may differ (functions_test.cpp).
bool is_function(Op op, DType type) {
  const KernelKind kind = info(op).kernel;
  return is_real_floating(type) &&
         (kind == KernelKind::math || kind == KernelKind::math_complex || kind == KernelKind::math_rare);
}

/// All operations of a dtype in one program, an output each; for every two operands.
class Operations : public ::testing::TestWithParam<DType> {};

TEST_P(Operations, HaveTheBitsOfTheCpu) {
  const DType type = GetParam();
  Program all;
  all.inputs = {type, type, DType::bool_};
  int known = 0;
  for (int o = 0; o < op_count - 1; o++) {
    const Op op = static_cast<Op>(o);
    if (!admits(info(op).rule, type) || op == Op::ldexp || is_function(op, type)) continue;
    Instruction in{op, type, result_dtype(op, type), 0, 1, 0};
    if (op == Op::where) in = {op, type, type, 2, 0, 1};
    Program alone = all;
    alone.code = {in};
    alone.outputs = {3};
    if (!cuda::has_source(alone)) continue;
    known++;
    all.code.push_back(in);
    all.outputs.push_back(all.code_value(all.code.size() - 1));
  }
  EXPECT_GE(known, is_complex(type) ? 16 : type == DType::bool_ ? 20 : 31);
  constexpr std::int64_t n = 2500;
  std::vector<Operand> inputs{dense(type, n, 1), dense(type, n, 2), dense(DType::bool_, n, 3)}, outputs;
  for (const ValueId v : all.outputs) outputs.push_back(result(all.type(v), n));
  expect_same(all, {n}, inputs, {}, outputs, to_string(type));
}

TEST_P(Operations, CastAsTheCpuDoes) {
  Program all;
  all.inputs = {GetParam()};
  for (int t = 0; t < dtype_count; t++) {
    const DType to = static_cast<DType>(t);
    all.code.push_back({Op::cast, GetParam(), to, 0, 0, 0});
    all.outputs.push_back(all.code_value(all.code.size() - 1));
  }
  constexpr std::int64_t n = 3001;
  std::vector<Operand> outputs;
  for (const ValueId v : all.outputs) outputs.push_back(result(all.type(v), n));
  expect_same(all, {n}, {dense(GetParam(), n, 4)}, {}, outputs, to_string(GetParam()));
}

// The second operand is a whole number.
TEST(Map, ScalesByPowersOfTwo) {
  for (const DType type : {DType::float32, DType::float64}) {
    Program p;
    p.inputs = {type, DType::int16};
    p.code = {{Op::cast, DType::int16, type, 1, 0, 0}, {Op::ldexp, type, type, 0, 2, 0}};
    p.outputs = {3};
    expect_same(p, {3000}, {dense(type, 3000, 13), dense(DType::int16, 3000, 14)}, {}, {result(type, 3000)}, "ldexp");
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Operations,
                         ::testing::Values(DType::bool_, DType::int8, DType::int16, DType::int32, DType::int64,
                                           DType::uint8, DType::uint16, DType::uint32, DType::uint64, DType::float32,
                                           DType::float64, DType::complex64, DType::complex128),
                         [](const auto& p) { return to_string(p.param); });

/// sqrt(x) + y * s of float64 and float32.
Program mixed() {
  Program p;
  p.inputs = {DType::float64, DType::float32};
  p.scalars = {DType::float64};
  p.code = {{Op::sqrt, DType::float64, DType::float64, 0, 0, 0},
            {Op::cast, DType::float32, DType::float64, 1, 1, 0},
            {Op::multiply, DType::float64, DType::float64, 4, 2, 0},
            {Op::add, DType::float64, DType::float64, 3, 5, 0}};
  p.outputs = {6, 0};
  return p;
}
const std::vector<ScalarBits> scalar{to_bits(Scalar(1.5), DType::float64)};

/// Programs of exact operations on values of all dtypes, one behind another in one text, so that g++ is asked once: `outputs` of them,
/// of a few operations each, mostly of what was made last.
class DrawnProgram {
 public:
  explicit DrawnProgram(unsigned seed) : random_(seed) {
    for (int t = 0; t < dtype_count; t++) p_.inputs.push_back(static_cast<DType>(t));
    for (int t = 0; t < dtype_count; t++) p_.scalars.push_back(static_cast<DType>(t));
  }
  Program made(int outputs) {
    for (int k = 0; k < outputs; k++) {
      for (auto steps = 2 + random_() % 8; steps > 0; steps--) p_.code.push_back(instruction());
      p_.outputs.push_back(p_.code_value(p_.code.size() - 1));
    }
    return p_;
  }

 private:
  /// A value of a dtype: the last one, or any.
  ValueId value(DType type) {
    std::vector<ValueId> all;
    for (std::size_t v = 0; v < p_.values(); v++)
      if (p_.type(static_cast<ValueId>(v)) == type) all.push_back(static_cast<ValueId>(v));
    return random_() % 2 ? all.back() : all[random_() % all.size()];
  }
  Instruction instruction() {
    while (true) {
      const auto type =
          p_.code.empty() || random_() % 4 == 0 ? static_cast<DType>(random_() % dtype_count) : p_.code.back().to;
      const Op op = static_cast<Op>(random_() % op_count);
      const auto to = static_cast<DType>(random_() % dtype_count);
      if (op == Op::cast) return {op, type, to, value(type), 0, 0};
      // The sign of a NaN is no part of the bits, and must not become one.
      const bool sees_sign = op == Op::signbit || op == Op::copysign;
      if (!admits(info(op).rule, type) || op == Op::ldexp || sees_sign || is_function(op, type)) continue;
      Instruction in{op, type, result_dtype(op, type), value(type), value(type), 0};
      if (op == Op::where) in = {op, type, type, value(DType::bool_), value(type), value(type)};
      Program alone = p_;
      alone.code = {in}, alone.code[0].a = alone.code[0].b = alone.code[0].c = 0;
      alone.outputs = {alone.code_value(0)};
      if (cuda::has_source(alone)) return in;
    }
  }

  std::mt19937 random_;
  Program p_;
};

TEST(Map, OfDrawnPrograms) {
  const char* wish = std::getenv("TESSERA_DRAWN_PROGRAMS");
  const unsigned seeds = wish ? static_cast<unsigned>(std::atoi(wish)) : 3;
  for (unsigned seed = 0; seed < seeds; seed++) {
    const Program p = DrawnProgram(wish ? std::random_device{}() : seed).made(20);
    constexpr std::int64_t n = 1500;
    std::vector<Operand> inputs, outputs;
    std::vector<ScalarBits> scalars;
    for (const DType t : p.inputs) inputs.push_back(dense(t, n, seed + static_cast<unsigned>(t)));
    for (const DType t : p.scalars) scalars.push_back(to_bits(Scalar(3), t));
    for (const ValueId v : p.outputs) outputs.push_back(result(p.type(v), n));
    expect_same(p, {n}, inputs, scalars, outputs, "drawn " + std::to_string(seed));
  }
}

TEST(Map, OfAnyCount) {
  for (const std::int64_t n : {0, 1, 2, 3, 31, 33, 255, 257, 1023, 2049, 70001})
    expect_same(mixed(), {n}, {dense(DType::float64, n, 5), dense(DType::float32, n, 6)}, scalar,
                {result(DType::float64, n), result(DType::float64, n)}, std::to_string(n));
}

TEST(Map, OfWhatIsNotAligned) {
  constexpr std::int64_t n = 1000;
  auto x = dense(DType::float64, n + 1, 5), y = dense(DType::float32, n + 3, 6), out = result(DType::float64, n + 1);
  x.first = 8, y.first = 12, out.first = 8;
  expect_same(mixed(), {n}, {x, y}, scalar, {out, result(DType::float64, n)}, "shifted");
}

TEST(Map, OfAnyStrides) {
  const Dims extent{5, 7, 9};
  const auto x = elements(DType::float64, 5 * 7 * 9, 7), y = elements(DType::float32, 9, 8);
  const auto to = result(DType::float64, 5 * 7 * 9).bytes;
  const Operand row_major{x, 0, {504, 72, 8}}, backwards{x, 504 * 4 + 72 * 6 + 64, {-504, -72, -8}},
      turned{x, 0, {8, 40, 280}};
  const Operand repeated{y, 0, {0, 0, 4}}, one{y, 4, {0, 0, 0}};
  for (const auto& a : {row_major, backwards, turned})
    for (const auto& b : {repeated, one})
      for (const auto& out : {Operand{to, 0, {504, 72, 8}}, Operand{to, 0, {8, 40, 280}}})
        expect_same(mixed(), extent, {a, b}, scalar, {out, Operand{to, 0, {504, 72, 8}}}, "strides");
}

TEST(Map, OfMoreAxesThanALaunchHas) {
  Dims extent, strides, turned;
  std::int64_t n = 1;
  for (int a = 0; a < 9; a++) extent.push_back(2 + a % 2), n *= 2 + a % 2;
  std::int64_t outer = n, inner = 1;
  for (int a = 0; a < 9; a++)
    outer /= extent[a], strides.push_back(8 * outer), turned.push_back(8 * inner), inner *= extent[a];
  const Operand x{elements(DType::float64, n, 9), 0, turned}, y{elements(DType::float32, 1, 10), 0, Dims::filled(9, 0)};
  const Operand out{result(DType::float64, n).bytes, 0, strides};
  expect_same(mixed(), extent, {x, y}, scalar, {out, out}, "nine axes");
}

TEST(Map, IntoItsOperand) {
  constexpr std::int64_t n = 5000;
  Program p;
  p.inputs = {DType::float64};
  p.code = {{Op::negative, DType::float64, DType::float64, 0, 0, 0}};
  p.outputs = {1};
  const auto bytes = elements(DType::float64, n, 11);
  const OnGpu x(bytes);
  const StridedInput in[] = {{x.data(), {8}, Space::device}};
  const StridedOutput out[] = {{x.data(), {8}, Space::device}};
  const auto kernel = gpu()->compile(p);
  for (int k = 0; k < 2; k++) kernel->map({2}, {n}, in, {}, out, false);
  gpu()->wait(Stream{2});
  EXPECT_EQ(difference(DType::float64, x.bytes(8 * n), bytes), -1);
}

TEST(Copy, BetweenTheSpacesOfAnyStrides) {
  const Dims extent{6, 5, 4};
  const auto from = elements(DType::int32, 6 * 5 * 4, 12);
  const OnGpu x(from);
  for (const Dims& strides : {Dims{80, 16, 4}, Dims{4, 24, 120}, Dims{-80, 16, 4}}) {
    const std::int64_t first = strides[0] < 0 ? 400 : 0;
    std::vector<std::byte> expected(480), to_host(480), on_host(480);
    host_device().copy({}, extent, 4, {from.data(), {80, 16, 4}}, {expected.data() + first, strides});
    gpu()->copy({}, extent, 4, {x.data(), {80, 16, 4}, Space::device}, {to_host.data() + first, strides});
    const OnGpu y(std::vector<std::byte>(480)), z(std::vector<std::byte>(480));
    gpu()->copy({}, extent, 4, {from.data(), {80, 16, 4}}, {y.data() + first, strides, Space::device});
    gpu()->copy({}, extent, 4, {x.data(), {80, 16, 4}, Space::device}, {z.data() + first, strides, Space::device});
    gpu()->copy({}, extent, 4, {from.data(), {80, 16, 4}}, {on_host.data() + first, strides});
    gpu()->wait(Stream{});
    EXPECT_EQ(to_host, expected);
    EXPECT_EQ(on_host, expected);
    EXPECT_EQ(y.bytes(480), expected);
    EXPECT_EQ(z.bytes(480), expected);
  }
}

TEST(Streams, WaitForEvents) {
  const OnGpu a(std::vector<std::byte>(800)), b(std::vector<std::byte>(800));
  std::vector<double> from(100), to(100);
  const auto bytes = [](std::vector<double>& v) { return reinterpret_cast<std::byte*>(v.data()); };
  for (int round = 0; round < 50; round++) {
    std::iota(from.begin(), from.end(), round);
    gpu()->copy({1}, {100}, 8, {bytes(from), {8}}, {a.data(), {8}, Space::device});
    gpu()->wait(Stream{2}, gpu()->record({1}));
    gpu()->copy({2}, {100}, 8, {a.data(), {8}, Space::device}, {b.data(), {8}, Space::device});
    gpu()->copy({2}, {100}, 8, {b.data(), {8}, Space::device}, {bytes(to), {8}});
    gpu()->wait(gpu()->record({2}));
    EXPECT_EQ(to, from);
  }
}

}  // namespace
}  // namespace tessera::testing

// Every operation in every dtype that it takes, against the scalar reference, on every target and in both math
// families.
#include <gtest/gtest.h>

#include <cmath>

#include <tessera/core/box.hpp>
#include <tessera/core/errors.hpp>

#include "reference.hpp"

namespace tessera::cpu {
namespace {

using namespace reference;

bool admits_operand(Op op, DType t) { return admits(info(op).rule, t); }

/// Units in the last place that a result may be off; 0 asks for equal bits. Half an ulp more than the table's, which is
/// against the exact result.
double tolerance(Op op, DType t) {
  if (is_complex(t)) return calls_function(op, t) ? (op == Op::pow ? 32 : 6) : op == Op::abs ? 1 : 0;
  if (!is_real_floating(t)) return 0;
  return info(op).ulps > 0 ? info(op).ulps + 0.5 : 0;
}

Program single(Op op, DType t, DType to) {
  Program p;
  const int arity = info(op).arity;
  if (op == Op::where) p.inputs.push_back(DType::bool_);
  while (static_cast<int>(p.inputs.size()) < arity) p.inputs.push_back(t);
  p.code = {{op, t, to, 0, static_cast<ValueId>(arity > 1 ? 1 : 0), static_cast<ValueId>(arity > 2 ? 2 : 0)}};
  p.outputs = {static_cast<ValueId>(arity)};
  return p;
}

/// Powers that the reference can compute by plain multiplication, and that don't overflow in the complex plane.
void tame(Op op, DType t, std::vector<Memory>& in) {
  if ((op == Op::exp2 || op == Op::sinc) &&
      is_complex(t))  // angles that long double knows, sines that no part of overflows
    for_each_index(in[0].extent, [&](const Dims& at) {
      visit_dtype(t, [&]<class T>(T) {
        if constexpr (requires { typename T::value_type; })
          if (const T z = in[0].get(at).as<T>(); std::abs(z.imag()) > 100 || std::abs(z.real()) > 1e100)
            in[0].set(at, Element::of(T(z.real(), 3)));
      });
    });
  if (op != Op::pow || is_real_floating(t)) return;
  for_each_index(in[0].extent, [&](const Dims& at) {
    const auto i = static_cast<std::uint64_t>(at[0]);
    visit_dtype(t, [&]<class T>(T) {
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
        in[1].set(at, Element::of(static_cast<T>(i % 23) - T(std::is_signed_v<T> && i % 5 == 4 ? 2 : 0)));
      else if constexpr (!std::is_arithmetic_v<T>) {
        using R = typename T::value_type;
        in[0].set(at, Element::of(T(R(1.5) - R(i % 7) / 4, R(0.25) + R(i % 3))));
        in[1].set(at, Element::of(T(R(i % 5) - R(1.5), R(i % 2))));
      }
    });
  });
}

/// Of two floats the larger magnitude, 0 when one is not finite.
double larger(const Element& a, const Element& b) {
  const auto of = [](const Element& e) {
    return std::fabs(e.type == DType::float32 ? static_cast<double>(e.as<float>()) : e.as<double>());
  };
  return std::isfinite(of(a)) && std::isfinite(of(b)) ? std::max(of(a), of(b)) : 0;
}

void check(Op op, DType t, DType to, std::int64_t n) {
  const Program p = single(op, t, to);
  std::vector<Memory> in;
  for (std::size_t k = 0; k < p.inputs.size(); k++) {
    in.emplace_back(p.inputs[k], Dims{n}, Memory::Layout::dense);
    in.back().fill(17 * k + static_cast<std::uint64_t>(op) + 100);
  }
  tame(op, t, in);
  std::vector<StridedInput> operands;
  for (const auto& m : in) operands.push_back(m.operand());
  Memory out(to, Dims{n}, Memory::Layout::dense);
  const StridedOutput results[] = {out.result()};
  Kernel::compile(p)->map(Dims{n}, operands, {}, results, false);
  for (std::int64_t i = 0; i < n; i++) {
    std::vector<Element> e;
    for (const auto& m : in) e.push_back(m.get(Dims{i}));
    const Element expected = evaluate(p, e, {})[0], got = out.get(Dims{i});
    const double ulps = tolerance(op, t);
    const double least = op == Op::logaddexp || op == Op::logaddexp2 ? larger(e[0], e[1]) : 0;  // where the sum cancels
    ASSERT_TRUE(ulps > 0 ? close(got, expected, ulps, least) : same(got, expected))
        << info(op).name << " " << to_string(t) << " -> " << to_string(to) << " on " << to_string(target())
        << ", element " << i << ": " << show(e[0]) << (e.size() > 1 ? " and " + show(e[1]) : "") << " gives "
        << show(got) << ", not " << show(expected);
  }
}

TEST(Operations, MatchTheReferenceInEveryDtype) {
  for_each_target([](Target) {
    for (int k = 0; k < op_count - 1; k++)
      for (int d = 0; d < dtype_count; d++) {
        const Op op = static_cast<Op>(k);
        const DType t = static_cast<DType>(d);
        if (admits_operand(op, t)) check(op, t, result_dtype(op, t), 701);
      }
  });
}

TEST(Operations, CastBetweenEveryPair) {
  for_each_target([](Target) {
    for (int a = 0; a < dtype_count; a++)
      for (int b = 0; b < dtype_count; b++) check(Op::cast, static_cast<DType>(a), static_cast<DType>(b), 333);
  });
}

TEST(Operations, BothMathFamiliesAreAccurate) {
  if (!supports_fma()) GTEST_SKIP() << "one family on this processor";
  for_each_target([](Target) {
    for (const MathFamily f : {MathFamily::no_fma, MathFamily::fma}) {
      set_math_family(f);
      for (int k = 0; k < op_count - 1; k++)
        for (const DType t : {DType::float32, DType::float64})
          if (const Op op = static_cast<Op>(k); info(op).ulps > 0) check(op, t, t, 2000);
    }
  });
}

TEST(Operations, RefuseDtypesTheyDoNotTake) {
  EXPECT_THROW(Kernel::compile(single(Op::less, DType::complex64, DType::bool_)), DTypeError);
  EXPECT_THROW(Kernel::compile(single(Op::minimum, DType::complex128, DType::complex128)), DTypeError);
  EXPECT_THROW(Kernel::compile(single(Op::exp, DType::int32, DType::int32)), DTypeError);
  EXPECT_THROW(Kernel::compile(single(Op::bitwise_and, DType::float64, DType::float64)), DTypeError);
}

TEST(Operations, GiveTheSameBitsOnEveryTarget) {
  const std::int64_t n = 1100;
  std::vector<unsigned char> families[2];
  for (const MathFamily family : {MathFamily::no_fma, MathFamily::fma}) {
    if (family == MathFamily::fma && !supports_fma()) continue;
    for (int k = 0; k < op_count - 1; k++)
      for (int d = 0; d < dtype_count; d++) {
        const Op op = static_cast<Op>(k);
        const DType t = static_cast<DType>(d);
        if (!admits_operand(op, t)) continue;
        const Program p = single(op, t, result_dtype(op, t));
        std::vector<Memory> in;
        std::vector<StridedInput> operands;
        for (std::size_t i = 0; i < p.inputs.size(); i++) {
          in.emplace_back(p.inputs[i], Dims{n}, Memory::Layout::dense);
          in.back().fill(i + 5);
        }
        for (const auto& m : in) operands.push_back(m.operand());
        Memory first(result_dtype(op, t), Dims{n}, Memory::Layout::dense);
        for_each_target([&](Target target) {
          set_math_family(family);
          Memory out(result_dtype(op, t), Dims{n}, Memory::Layout::dense);
          const StridedOutput results[] = {out.result()};
          Kernel::compile(p)->map(Dims{n}, operands, {}, results, false);
          if (target == Target::sse4) first = out;
          for (std::int64_t i = 0; i < n; i++) {
            const Element got = out.get(Dims{i}), expected = first.get(Dims{i});
            ASSERT_EQ(std::memcmp(got.bytes, expected.bytes, sizeof got.bytes), 0)
                << info(op).name << " " << to_string(t) << " on " << to_string(target) << ": "
                << show(in[0].get(Dims{i})) << " gives " << show(got) << ", on sse4 " << show(expected);
          }
        });
        auto& all = families[static_cast<int>(family)];
        all.insert(all.end(), first.bytes.begin(), first.bytes.end());
      }
  }
  if (supports_fma()) {
    EXPECT_NE(families[0], families[1]) << "the families were meant to differ";
  }
}

}  // namespace
}  // namespace tessera::cpu

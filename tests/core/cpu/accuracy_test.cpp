// Every function that rounds keeps to the table's bound, in both families. (The bits are the same on all targets:
// operations_test.cpp.)
#include "accuracy.hpp"

#include <gtest/gtest.h>

namespace tessera::cpu {
namespace {

constexpr int samples = 20000;
constexpr double reference_error = 0.001;  // long double has 11 more bits than float64

TEST(Accuracy, KeepsToTheTable) {
  for (int k = 0; k < op_count - 1; k++) {
    const Op op = static_cast<Op>(k);
    if (!accuracy::is_approximate(op)) continue;
    for (const MathFamily family : {MathFamily::no_fma, MathFamily::fma}) {
      if (family == MathFamily::fma && !supports_fma()) continue;
      for (const DType t : {DType::float32, DType::float64}) {
        const auto worst = accuracy::measure(op, t, family, samples);
        EXPECT_LE(worst.ulps, info(op).ulps + reference_error)
            << info(op).name << " " << to_string(t) << " of " << worst.a << ", " << worst.b;
        EXPECT_GT(worst.ulps, 0) << info(op).name << ": nothing was measured";
      }
    }
  }
}

TEST(Accuracy, OfComplexFunctions) {
  for (int k = 0; k < op_count - 1; k++) {
    const Op op = static_cast<Op>(k);
    if (!accuracy::is_approximate_complex(op)) continue;
    for (const DType t : {DType::complex64, DType::complex128}) {
      const auto worst = accuracy::measure_complex(op, t, samples);
      EXPECT_GT(worst.ulps, 0.4) << info(op).name << ": nothing was measured";
      // The C library's pow goes through b log(a), whose error grows with its size: up to 60 here.
      EXPECT_LE(worst.ulps, op == Op::pow && t == DType::complex128 ? 90 : 5)
          << info(op).name << " " << to_string(t) << " of " << worst.a << " + " << worst.b << "j";
    }
  }
}

TEST(Accuracy, OfMagnitudesOfComplexNumbers) {
  for (const DType t : {DType::complex64, DType::complex128}) {
    const auto worst = accuracy::measure_magnitude(t, samples);
    EXPECT_LE(worst.ulps, 0.51) << to_string(t) << " of " << worst.a << " + " << worst.b << "j";
    EXPECT_GT(worst.ulps, 0.4) << "nothing was measured";
  }
}

}  // namespace
}  // namespace tessera::cpu

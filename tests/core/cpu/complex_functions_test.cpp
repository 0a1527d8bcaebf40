// Functions of complex numbers where neither long double nor a special case says what is right.
#include <gtest/gtest.h>

#include <tessera/core/cpu/complex_functions.hpp>

namespace tessera::cpu {
namespace {

struct Power {
  Complex<double> z, result;
};

// 2^x (cos(y log 2) + i sin(y log 2)) in decimal arithmetic of 900 digits.
constexpr Power powers[] = {{{0.5, 1e6}, {0.4376609932152445, -1.3447872898781599}},
                            {{0.5, 3e7}, {1.4140672023566547, 0.02034569289122202}},
                            {{0.5, 1e15}, {0.40902115801098804, -1.3537731317688908}},
                            {{-1.25, 3e16}, {0.34161396519570764, -0.24510527142414285}},
                            {{0.5, 1e18}, {-0.45196174330908323, -1.3400487239593246}},
                            {{3.0, -1e24}, {-4.474455430271416, 6.63168520080037}},
                            {{0.5, 0x1.93e594p+99}, {-0.3975480384138561, 1.3571866331324132}},
                            {{0, 0x1p127}, {-0.3424384013017055, -0.939540281900639}}};

TEST(ComplexFunctions, PowersOfTwoHaveAnglesOfAnySize) {
  for (const auto& [z, expected] : powers) {
    const double eps = std::abs(z.imag()) < 1e32 ? 0x1p-50 : 1e-9;
    EXPECT_LE(std::abs(cexp2(z) - expected), eps * std::abs(expected)) << z;
    if (const Complex<float> narrow(z); Complex<double>(narrow) == z) {
      EXPECT_LE(std::abs(Complex<double>(cexp2(narrow)) - expected), 0x1p-23 * std::abs(expected)) << z;
    }
  }
  for (const double y : {1e100, -1e300})
    EXPECT_NEAR(std::abs(cexp2(Complex<double>(0.5, y))), std::sqrt(2.0), 1e-14) << y;
}

}  // namespace
}  // namespace tessera::cpu

#include <gtest/gtest.h>

#include <algorithm>

#include <tessera/core/cpu/target.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

TEST(Target, TheBestSupportedOneIsTheDefault) {
  if (std::getenv("TESSERA_SIMD")) GTEST_SKIP() << "TESSERA_SIMD is set";
  EXPECT_EQ(target(), supported_targets().back());
}

TEST(Target, CanBeForcedToEverySupportedOne) {
  const Target old = target();
  for (const Target t : supported_targets()) {
    set_target(t);
    EXPECT_EQ(target(), t);
  }
  set_target(old);
}

TEST(Target, RefusesWhatTheProcessorLacks) {
  const auto targets = supported_targets();
  for (const Target t : {Target::avx2, Target::avx512})
    if (std::find(targets.begin(), targets.end(), t) == targets.end()) {
      EXPECT_THROW(set_target(t), ValueError);
    }
  if (!supports_fma()) {
    EXPECT_THROW(set_math_family(MathFamily::fma), ValueError);
  }
}

}  // namespace
}  // namespace tessera::cpu

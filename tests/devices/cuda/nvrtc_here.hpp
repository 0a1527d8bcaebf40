#pragma once
// Tests that ask NVRTC itself, where it is installed; they need no GPU.
#include <gtest/gtest.h>

#include <string>

#include <tessera/core/cuda/compiler.hpp>

namespace tessera::testing {

/// NVRTC, where it is; else the test is skipped.
class NvrtcHere : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why;
    nvrtc_ = cuda::find_nvrtc(why);
    if (!nvrtc_) GTEST_SKIP() << why;
  }
  const cuda::Nvrtc& nvrtc() const { return *nvrtc_; }
  cuda::Compiled compiled(const std::string& text, const std::string& architecture,
                          const std::vector<std::string>& more = {}) const {
    cuda::Compiled made = cuda::compile(*nvrtc_, text, architecture, more);
    EXPECT_FALSE(made.image.empty()) << architecture << "\n" << made.log << text;
    return made;
  }

 private:
  const cuda::Nvrtc* nvrtc_ = nullptr;
};

}  // namespace tessera::testing

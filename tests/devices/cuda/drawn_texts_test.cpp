// What NVRTC itself makes of the kernels that random expressions had on the simulated driver (suites.cmake), which leaves their texts in
// the folder TESSERA_KERNEL_TEXTS: machine code for three generations of GPUs, or the text is no CUDA. TESSERA_SHARE=30 takes one of thirty.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "../../share.hpp"
#include "nvrtc_here.hpp"

namespace tessera::testing {
namespace {

using DrawnTexts = NvrtcHere;

TEST_F(DrawnTexts, AreCompiled) {
  const char* folder = std::getenv("TESSERA_KERNEL_TEXTS");
  if (!folder) GTEST_SKIP() << "TESSERA_KERNEL_TEXTS names no folder";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".cu") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  ASSERT_GT(files.size(), 20u) << "expressions had no kernels: " << folder;
  std::size_t tried = 0;
  for (const auto& file : files) {
    if (!is_in_share(file.filename().string())) continue;
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const char* architecture : {"sm_80", "sm_90", "sm_100"}) compiled(text, architecture);
    tried++;
  }
  EXPECT_GT(tried, 0u);
  std::printf("%zu of %zu texts\n", tried, files.size());
}

}  // namespace
}  // namespace tessera::testing

#pragma once
// What tests of kernels' texts share.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tessera::testing {

/// A text with this one of its kernels alone, which takes NVRTC a quarter of the time.
inline std::string only(std::string text, const std::string& kernel) {
  constexpr std::string_view begin = "extern \"C\" __global__";
  int kept = 0;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    const std::size_t end = text.find('\n', at) + 1;
    if (text.substr(at, end - at).find(" " + kernel + "(") != std::string::npos)
      at = end, kept++;
    else
      text.erase(at, end - at);
  }
  EXPECT_EQ(kept, 1) << kernel;
  return text;
}

}  // namespace tessera::testing

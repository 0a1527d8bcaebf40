#pragma once
// What NVRTC makes of a kernel's text.
#include <string>
#include <vector>

#include <tessera/core/cuda/driver.hpp>

namespace tessera::cuda {

/// How every kernel is compiled: no contraction of a*b+c, no subnormal numbers flushed, quotients and roots rounded right, which are the CPU's
/// bits. architecture: "sm_90" for machine code, "compute_90" for PTX.
std::vector<std::string> compile_options(const std::string& architecture);

struct Compiled {
  std::string image;  ///< empty: NVRTC refuses the text
  std::string log;    ///< what it says
};
/// more: options beside compile_options. throws InternalError when NVRTC itself fails.
Compiled compile(const Nvrtc& nvrtc, const std::string& text, const std::string& architecture,
                 const std::vector<std::string>& more = {});

/// "NVRTC 13.0 --gpu-architecture=sm_90 ...": what the code that a text gives depends on beside it.
std::string compiler_key(const Nvrtc& nvrtc, const std::string& architecture);

}  // namespace tessera::cuda

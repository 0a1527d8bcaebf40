// Asks the processor once, and the environment once; afterwards the choice changes only through the setters.
#include <tessera/core/cpu/target.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include <tessera/core/cpu/machine.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cpu {
namespace {

Target initial_target() {
  const auto targets = supported_targets();
  if (const char* wish = std::getenv("TESSERA_SIMD")) {
    for (const Target t : targets)
      if (to_string(t) == wish) return t;
    throw ValueError(std::string("TESSERA_SIMD=") + wish + ": this processor runs sse4 to " +
                     to_string(targets.back()));
  }
  return targets.back();
}

std::atomic<Target>& current_target() {
  static std::atomic<Target> t{initial_target()};
  return t;
}
std::atomic<MathFamily>& current_family() {
  static std::atomic<MathFamily> f{supports_fma() ? MathFamily::fma : MathFamily::no_fma};
  return f;
}

}  // namespace

std::vector<Target> supported_targets() {
  std::vector<Target> t{Target::sse4};
  if (!__builtin_cpu_supports("sse4.2")) throw ValueError("Tessera needs a processor with SSE 4.2");
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    t.push_back(Target::avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
      t.push_back(Target::avx512);
  }
  return t;
}

bool supports_fma() { return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2"); }

Target target() { return current_target().load(std::memory_order_relaxed); }

void set_target(Target t) {
  const auto targets = supported_targets();
  if (std::find(targets.begin(), targets.end(), t) == targets.end())
    throw ValueError("set_target: this processor has no " + to_string(t) + ", only up to " + to_string(targets.back()));
  current_target().store(t, std::memory_order_relaxed);
}

MathFamily math_family() { return current_family().load(std::memory_order_relaxed); }

void set_math_family(MathFamily family) {
  if (family == MathFamily::fma && !supports_fma())
    throw ValueError("set_math_family: this processor has no fused multiply-add; use no_fma");
  current_family().store(family, std::memory_order_relaxed);
}

std::string to_string(Target t) { return t == Target::sse4 ? "sse4" : t == Target::avx2 ? "avx2" : "avx512"; }

const Machine& machine() {
  switch (target()) {
    case Target::avx512:
      return machine_avx512();
    case Target::avx2:
      return machine_avx2();
    default:
      return machine_sse4();
  }
}

}  // namespace tessera::cpu

#include <limits>
#include <type_traits>

#include <tessera/core/cpu/resample.hpp>

namespace tessera::cpu {
namespace {
#include <tessera/core/cpu/resample.inc>
}  // namespace

ResampleLoops resample_loops_of_baseline(DType type) { return resample_loops(type); }

}  // namespace tessera::cpu

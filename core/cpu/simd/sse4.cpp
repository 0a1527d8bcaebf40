// The machine for sse4: steps of 16 elements.
#define TESSERA_TARGET sse4
#define TESSERA_WIDTH 16
#define TESSERA_LANES64 2
#define TESSERA_LANES32 4
#define TESSERA_SLEEF_FMA avx2128
#define TESSERA_SLEEF_PLAIN sse4
#include <tessera/core/cpu/simd/target.inc>

namespace tessera::cpu {
const Machine& machine_sse4() { return sse4::target_machine; }
}  // namespace tessera::cpu

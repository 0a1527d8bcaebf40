// The machine for avx2: steps of 32 elements.
#define TESSERA_TARGET avx2
#define TESSERA_WIDTH 32
#define TESSERA_LANES64 4
#define TESSERA_LANES32 8
#define TESSERA_SLEEF_FMA avx2
#define TESSERA_SLEEF_PLAIN avx
#include <tessera/core/cpu/simd/target.inc>

namespace tessera::cpu {
const Machine& machine_avx2() { return avx2::target_machine; }
}  // namespace tessera::cpu

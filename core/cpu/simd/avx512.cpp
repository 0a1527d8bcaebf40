// The machine for avx512: steps of 64 elements.
#define TESSERA_TARGET avx512
#define TESSERA_WIDTH 64
#define TESSERA_LANES64 8
#define TESSERA_LANES32 16
#define TESSERA_SLEEF_FMA avx512f
#define TESSERA_SLEEF_PLAIN avx512fnofma
#include <tessera/core/cpu/simd/target.inc>

namespace tessera::cpu {
const Machine& machine_avx512() { return avx512::target_machine; }
}  // namespace tessera::cpu

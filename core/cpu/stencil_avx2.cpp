#define STENCIL_LOOPS stencil_loops_of_avx2
#define STENCIL_REGISTER 32
#include <tessera/core/cpu/stencil_lines.inc>
#define ROLLING_STRIP rolling_strip_of_avx2
#include <tessera/core/cpu/rolling_strips.inc>

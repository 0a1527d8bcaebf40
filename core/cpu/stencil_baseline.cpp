#define STENCIL_LOOPS stencil_loops_of_baseline
#define STENCIL_REGISTER 16
#include <tessera/core/cpu/stencil_lines.inc>
#define ROLLING_STRIP rolling_strip_of_baseline
#include <tessera/core/cpu/rolling_strips.inc>

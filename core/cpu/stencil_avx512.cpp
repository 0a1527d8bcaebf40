#define STENCIL_LINES stencil_line_of_avx512
#include <tessera/core/cpu/stencil_lines.inc>

#define STENCIL_LINES stencil_line_of_baseline
#include <tessera/core/cpu/stencil_lines.inc>

#define GROUP_LOOPS group_loops_of_avx512
#include <tessera/core/cpu/group_loops.inc>

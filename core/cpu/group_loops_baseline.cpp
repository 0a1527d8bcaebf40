#define GROUP_LOOPS group_loops_of_baseline
#include <tessera/core/cpu/group_loops.inc>

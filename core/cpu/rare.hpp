#pragma once
// Operations too rare or too heavy to be worth a step of their own on each target: functions over a block of elements,
// compiled once for the oldest processor, so that their bits can't depend on the target.
#include <tessera/core/cpu/machine.hpp>

namespace tessera::cpu {

/// void(void* d, const void* a, const void* b, int64_t n): what operations.inc says is
/// `rare`, and functions of complex numbers. Null for the others. d may be a or b.
AnyFunction find_rare(Op op, DType type);

}  // namespace tessera::cpu

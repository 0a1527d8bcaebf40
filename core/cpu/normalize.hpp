#pragma once
// One spelling for operations that are the same on bits: `multiply` of bools is `bitwise_and`, `where` of float64 is
// `where` of uint64, a cast from int32 to uint32 is no step at all.
#include <tessera/core/kernel/program.hpp>

namespace tessera::cpu {

/// True when the result's bits are the operand's: no step at all.
bool is_identity(const Instruction& in);
/// The same operation in the dtype that the machine knows it by.
Instruction normalize(Instruction in);

}  // namespace tessera::cpu

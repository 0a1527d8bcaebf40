#pragma once
// How much stack is left: what nests as deep as a user likes is refused before it runs out, also under `ulimit -s 256`
// or on a thread with a small stack.
#include <cstddef>

namespace tessera::language {

/// Bytes of this thread's stack below the caller.
std::size_t stack_left();
/// The size of this thread's stack in bytes.
std::size_t stack_size();
/// What must be left where something nests deeper: enough to throw an error and to unwind.
inline constexpr std::size_t least_stack = std::size_t{48} << 10;

}  // namespace tessera::language

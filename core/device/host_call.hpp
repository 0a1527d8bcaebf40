#pragma once
// Calls of a user's function of elements in the host's memory (core/cpu/call.cpp).
#include <span>

#include <tessera/core/device/device.hpp>
#include <tessera/core/kernel/user_function.hpp>

namespace tessera {

/// Bytes of scratch, in which arguments are put one behind the other that don't lie so.
TESSERA_API std::int64_t call_scratch_bytes(const UserMap& function);
/// The elements of a box, dense, of arguments in the order of the parameters.
TESSERA_API void apply_call(const UserMap& function, const Dims& extent, std::span<const StridedInput> arguments,
                            std::byte* to, std::byte* scratch);

}  // namespace tessera

#pragma once
// Leaves of several thin chunks folded and combined in one pass, of the host alone, in its memory
// (core/cpu/together.cpp). Their states are as large as their elements: they stay in registers.
#include <cstddef>
#include <span>

#include <tessera/core/export.hpp>
#include <tessera/core/kernel/program.hpp>
#include <tessera/core/kernel/strided.hpp>

namespace tessera {

/// One Fold of several boxes of one extent, each a single leaf along `reduced`: their states as Kernel::reduce gives
/// them, combined in the fixed tree. `program` makes what is folded. data: where its only input has the first element
/// of each box, as many as leaves_together says (kernel/leaves_together.hpp); `strides` are those of all.
/// returns: false, and nothing was done, for programs that compute, for combiners without such a pass, and where rows of
/// outputs do not lie together.
TESSERA_API bool reduce_together(const Program& program, const Fold& fold, const Dims& extent, std::uint32_t reduced,
                                 std::span<const std::byte* const> data, const Dims& strides, std::byte* states);

}  // namespace tessera

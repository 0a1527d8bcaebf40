#pragma once
// One call of a user's function of chunks.
#include <span>
#include <vector>

#include <tessera/core/device/device.hpp>
#include <tessera/core/kernel/chunk_call.hpp>

namespace tessera {

/// A part of a chunk of the domain, which a call makes something of.
struct CalledPart {
  Dims chunk;  ///< numbers in the domain
  Box box;
  Box seen;  ///< with what lies around it
};
CalledPart part_of(const ChunkCall& call, const Dims& chunk, const Box& box);

/// Writes what the function makes of a part. inputs: as the domain's index space sees them, from part.seen on. `to`: of
/// elements of `made`. All in the device's space. blocks: room that is used again.
void call_chunk(Device& device, Stream stream, const ChunkCall& call, const CalledPart& part,
                std::span<const StridedInput> inputs, const Dims& made, const StridedOutput& to,
                std::vector<BlockMemory>& blocks);

}  // namespace tessera

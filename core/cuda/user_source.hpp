#pragma once
// The texts around those of users: a function of elements, in the loops of map.cu; a kernel over chunks, which sees them as blocks.cu has it.
// What NVRTC says of a user's text names its lines as the user counts them.
#include <string>

#include <tessera/core/kernel/program.hpp>
#include <tessera/core/kernel/user_function.hpp>

namespace tessera::cuda {

/// How a BlockView and a BlockPlace of blocks.cu lie in memory: eight bytes each number, max_rank of them for each array.
inline constexpr int block_axes = 16;
struct BlockViewBytes {
  std::int64_t data, rank, shape[block_axes], stride[block_axes];  ///< strides in elements
};
struct BlockPlaceBytes {
  std::int64_t rank, chunk[block_axes], lo[block_axes], extent[block_axes], seen_lo[block_axes],
      seen_extent[block_axes], shape[block_axes];
};

/// A Program with the function's parameters and result, which computes nothing that it does.
Program stand_in(const UserMap& function);
bool has_source(const UserMap& function);
std::string map_source(const UserMap& function);

bool has_source(const ChunkFunction& function);
/// With the kernel `extern "C" __global__ void NAME(BlockView<const T>..., BlockView<R>)`, or with a BlockPlace behind these.
std::string blocks_source(const ChunkFunction& function);

}  // namespace tessera::cuda

#include <tessera/core/cuda/block_kernels.hpp>

#include <fmt/format.h>

#include <tessera/core/box.hpp>
#include <tessera/core/cuda/user_source.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/sizes.hpp>
#include <tessera/core/user_code.hpp>

namespace tessera::cuda {
namespace {

// What every GPU since 2010 takes.
constexpr std::int64_t most_threads = 1024, most_blocks = 65535, most_blocks_x = 0x7fffffff, most_shared = 48 << 10;

std::string called(const ChunkFunction& f) { return fmt::format("CUDA kernel '{}'", f.name); }

BlockViewBytes bytes_of(const BlockMemory& m, std::int64_t item) {
  BlockViewBytes b{};
  b.data = reinterpret_cast<std::int64_t>(m.data);
  b.rank = m.shape.size();
  for (int i = 0; i < m.shape.size(); i++) b.shape[i] = m.shape[i], b.stride[i] = m.strides[i] / item;
  return b;
}

BlockPlaceBytes bytes_of(const BlockPlace& p) {
  BlockPlaceBytes b{};
  b.rank = p.shape.size();
  for (int i = 0; i < p.shape.size(); i++) {
    b.chunk[i] = p.chunk[i], b.shape[i] = p.shape[i];
    b.lo[i] = p.box.lo[i], b.extent[i] = p.box.extent[i];
    b.seen_lo[i] = p.seen.lo[i], b.seen_extent[i] = p.seen.extent[i];
  }
  return b;
}

// A thread for each element that is made, unless the user says.
CudaGrid grid_of(const ChunkFunction& f, const Shape& made) {
  CudaGrid g;
  if (f.grid)
    run_user_code([&] { g = f.grid(made); });
  else
    g.blocks[0] = std::min(ceil_div(num_elements(made), std::int64_t{g.threads[0]}), most_blocks_x);
  std::int64_t threads = 1;
  bool possible = g.blocks[0] <= most_blocks_x && g.shared >= 0 && g.shared <= most_shared;
  for (std::size_t i = 0; i < 3; i++) {
    possible = possible && g.blocks[i] >= 1 && (i == 0 || g.blocks[i] <= most_blocks) && g.threads[i] >= 1 &&
               g.threads[i] <= most_threads;
    threads *= possible ? g.threads[i] : 1;
  }
  if (possible && threads <= most_threads) return g;
  throw ValueError(
      fmt::format("{}: a grid of {} x {} x {} blocks of {} x {} x {} threads with {} bytes of shared memory for a "
                  "result of shape {}; a launch "
                  "takes up to 1024 threads a block, 2^31 - 1 x 65535 x 65535 blocks and 49152 bytes",
                  called(f), g.blocks[0], g.blocks[1], g.blocks[2], g.threads[0], g.threads[1], g.threads[2], g.shared,
                  to_string(made)));
}

}  // namespace

BlockKernels::Kernel::Kernel(std::shared_ptr<const Context> context, const ChunkFunction& f)
    : module(std::move(context), blocks_source(f), called(f)), function(module.find(f.name.c_str())) {
  if (!function)
    throw ValueError(fmt::format("{}: its text has no extern \"C\" __global__ void {}(...)", called(f), f.name));
}

const BlockKernels::Kernel& BlockKernels::kernel(const ChunkFunction& f) {
  const std::string text = blocks_source(f);
  std::lock_guard lock(mutex_);
  return made_.try_emplace(text, context_, f).first->second;
}

void BlockKernels::fill_zero(CUstream stream, const BlockMemory& to, std::int64_t item) const {
  Dims rows = to.shape;
  std::int64_t bytes = item;
  // The axes behind which elements lie one after another.
  for (int i = rows.size() - 1; i >= 0 && to.strides[i] == bytes; i--) bytes *= rows[i], rows[i] = 1;
  for_each_index(rows, [&](const Dims& at) {
    std::byte* p = to.data;
    for (int i = 0; i < at.size(); i++) p += at[i] * to.strides[i];
    context_->check(context_->driver().cuMemsetD8Async(reinterpret_cast<CUdeviceptr>(p), 0,
                                                       static_cast<std::size_t>(bytes), stream),
                    "cuMemsetD8Async");
  });
}

void BlockKernels::call(CUstream stream, const ChunkFunction& f, std::span<const BlockMemory> inputs,
                        const BlockMemory& to, const BlockPlace& place) {
  if (num_elements(to.shape) == 0) return;
  const Kernel& k = kernel(f);
  const CudaGrid grid = grid_of(f, to.shape);
  context_->enter();
  fill_zero(stream, to, item_size(f.result));
  std::vector<BlockViewBytes> views;
  for (std::size_t i = 0; i < inputs.size(); i++) views.push_back(bytes_of(inputs[i], item_size(f.parameters[i])));
  views.push_back(bytes_of(to, item_size(f.result)));
  BlockPlaceBytes where = bytes_of(place);
  std::vector<void*> arguments;
  for (auto& v : views) arguments.push_back(&v);
  arguments.push_back(&where);  // read by those that take it
  k.module.launch(k.function, grid, arguments.data(), stream);
}

}  // namespace tessera::cuda

#include <tessera/distributed/execute/chunk_call.hpp>

#include <cstring>

namespace tessera {
namespace {

void fill_zero(const Dims& extent, std::int64_t item, const StridedOutput& to) {
  if (to.strides == row_major_strides(extent, item)) {
    std::memset(to.data, 0, static_cast<std::size_t>(num_elements(extent) * item));
    return;
  }
  Dims rows = extent;
  std::int64_t bytes = item;
  if (const int last = extent.size() - 1; to.strides[last] == item) bytes *= extent[last], rows[last] = 1;
  for_each_index(rows, [&](const Dims& at) {
    std::byte* p = to.data;
    for (int i = 0; i < at.size(); i++) p += at[i] * to.strides[i];
    std::memset(p, 0, static_cast<std::size_t>(bytes));
  });
}

// The axes of an input in their order; the domain knows their strides.
BlockMemory block_of(const Dims& axes, const Box& seen, const StridedInput& from) {
  BlockMemory b{const_cast<std::byte*>(from.data)};
  for (const auto a : axes) {
    b.shape.push_back(a < 0 ? 1 : seen.extent[static_cast<int>(a)]);
    b.strides.push_back(a < 0 ? 0 : from.strides[static_cast<int>(a)]);
  }
  return b;
}

}  // namespace

CalledPart part_of(const ChunkCall& call, const Dims& chunk, const Box& box) {
  return {chunk, box, call.seen_around(box)};
}

void call_chunk(Device& device, Stream stream, const ChunkCall& call, const CalledPart& part,
                std::span<const StridedInput> inputs, const Dims& made, const StridedOutput& to,
                std::vector<BlockMemory>& blocks) {
  blocks.clear();
  for (std::size_t k = 0; k < inputs.size(); k++) blocks.push_back(block_of(call.seen[k], part.seen, inputs[k]));
  const BlockMemory result{to.data, made, to.strides};
  const BlockPlace place{part.chunk, part.box, part.seen, call.domain.shape()};
  if (to.space == Space::device) return device.call(stream, *call.function, blocks, result, place);
  fill_zero(made, item_size(call.function->result), to);
  call.function->apply(blocks, result, place);
}

}  // namespace tessera

#include <tessera/core/ops/map_blocks.hpp>

#include <algorithm>
#include <bit>
#include <numeric>

#include <tessera/core/ops/chunk_call_builder.hpp>

namespace tessera {
namespace {

/// Cuts of `count` chunks: of one length, or of one each.
AxisChunks cuts_of(const std::string& operation, const std::vector<std::int64_t>& lengths, std::int64_t count,
                   int axis) {
  const std::string where = "chunks along axis " + std::to_string(axis) + " of the result";
  if (std::any_of(lengths.begin(), lengths.end(), [](auto n) { return n < 1; }))
    refuse_call(operation, where + " that are not 1 or longer");
  if (lengths.size() == 1) return AxisChunks::regular(checked_multiply(lengths[0], count), lengths[0]);
  if (static_cast<std::int64_t>(lengths.size()) != count)
    refuse_call(operation, std::to_string(lengths.size()) + " " + where + ", for " + std::to_string(count) + " blocks");
  return AxisChunks::irregular(lengths);
}

/// Labels of map_blocks: axes of the blocks, then those that the result alone has.
LabeledAxes axes_of(const std::string& operation, const std::vector<Array>& x, int rank, const BlockOptions& options) {
  LabeledAxes axes;
  axes.domain.resize(static_cast<std::size_t>(rank));
  std::iota(axes.domain.begin(), axes.domain.end(), 0);
  for (const auto& a : x) {
    std::vector<int> labels(static_cast<std::size_t>(a.rank()));
    std::iota(labels.begin(), labels.end(), rank - a.rank());
    axes.inputs.push_back(std::move(labels));
  }
  std::uint32_t dropped = 0, added = 0;
  for (const auto axis : options.drop_axis) dropped |= 1u << normalize_axis(axis, rank, operation.c_str());
  const int kept = rank - std::popcount(dropped), result_rank = kept + options.new_axis.size();
  for (const auto axis : options.new_axis) added |= 1u << normalize_axis(axis, result_rank, operation.c_str());
  if (std::popcount(dropped) != options.drop_axis.size() || std::popcount(added) != options.new_axis.size())
    refuse_call(operation, "an axis of drop_axis or new_axis is given twice");
  int next = 0;
  for (int r = 0; r < result_rank; r++) {
    if (added >> r & 1u) {
      axes.result.push_back(rank + r);
      continue;
    }
    while (dropped >> next & 1u) next++;
    axes.result.push_back(next++);
  }
  return axes;
}

}  // namespace

Array map_chunks_of_user(ChunkFunction function, const std::vector<Array>& x, const BlockOptions& options) {
  function.name = options.name, function.version = options.version;
  function.cuda = options.cuda, function.grid = options.cuda_grid;
  check_call("map_blocks", function, x.size(), function.apply != nullptr);
  const std::string operation = "map_blocks '" + options.name + "'";
  if (x.empty()) refuse_call(operation, "there is no array whose blocks it could see");
  Shape shape = x[0].shape();
  for (const auto& a : x) shape = broadcast_shapes(shape, a.shape(), operation.c_str());
  LabeledAxes axes = axes_of(operation, x, shape.size(), options);
  std::map<int, std::int64_t> sizes;
  for (const int label : axes.result)
    if (label >= shape.size()) sizes[label] = 1;
  const std::vector<Array> arguments = arguments_of(function, x);
  ChunkCallBuilder builder(operation, std::move(function), arguments, std::move(axes), sizes);
  builder.see_whole(true);
  std::vector<AxisChunks> chunks = builder.result_chunks();
  if (!options.chunks.empty()) {
    if (options.chunks.size() != chunks.size())
      refuse_call(operation, "chunks of " + std::to_string(options.chunks.size()) + " axes, the result has " +
                                 std::to_string(chunks.size()));
    for (std::size_t r = 0; r < chunks.size(); r++)
      chunks[r] = cuts_of(operation, options.chunks[r], chunks[r].count(), static_cast<int>(r));
  }
  return builder.build(std::move(chunks));
}

}  // namespace tessera

// What stands beyond the ends of an axis is put around the array (pad.hpp), and blocks see that.
#include <numeric>

#include <tessera/core/ops/chunk_call_builder.hpp>
#include <tessera/core/ops/map_blocks.hpp>
#include <tessera/core/ops/pad.hpp>

namespace tessera {
namespace {

const std::map<std::string, std::string> pad_modes{{"reflect", "symmetric"}, {"mirror", "reflect"},
                                                   {"periodic", "wrap"},     {"nearest", "edge"},
                                                   {"constant", "constant"}, {"none", ""}};

/// One for all axes, or one each.
Dims of_axes(const std::string& operation, const Dims& depth, int rank, const char* what) {
  if (depth.size() != 1 && depth.size() != rank)
    throw ShapeError(operation + ": " + std::to_string(depth.size()) + " " + what + " for " + std::to_string(rank) +
                     " axes");
  Dims all;
  for (int i = 0; i < rank; i++) {
    all.push_back(depth[depth.size() == 1 ? 0 : i]);
    if (all[i] < 0) refuse_call(operation, std::string(what) + " below 0");
  }
  return all;
}

/// Puts around x what stands there, and says where there is something, in the indices of x.
Array with_boundaries(const std::string& operation, Array x, const OverlapOptions& options, const ChunkCall& call,
                      Box& source) {
  const int rank = x.rank();
  const auto& modes = options.boundary;
  if (static_cast<int>(modes.size()) != rank && modes.size() != 1)
    throw ShapeError(operation + ": " + std::to_string(modes.size()) + " boundaries for " + std::to_string(rank) +
                     " axes");
  source = Box::whole(x.shape());
  for (int i = 0; i < rank; i++) {
    const std::string& name = modes[modes.size() == 1 ? 0 : static_cast<std::size_t>(i)];
    const auto mode = pad_modes.find(name);
    if (mode == pad_modes.end())
      refuse_call(operation, "boundary '" + name + "' is none of reflect, mirror, periodic, nearest, constant, none");
    if (name == "none" || call.before[i] + call.after[i] == 0 || x.size() == 0) continue;
    PadWidths widths(static_cast<std::size_t>(rank));
    widths[static_cast<std::size_t>(i)] = {call.before[i], call.after[i]};
    x = name == "constant" ? pad(x, widths, {.values = {{options.value, options.value}}})
                           : pad(x, widths, {.mode = mode->second});
    source.lo[i] = -call.before[i], source.extent[i] += call.before[i] + call.after[i];
  }
  return x;
}

/// Every chunk with its halo.
AxisChunks with_halos(const ChunkCall& call, int axis) {
  const AxisChunks& chunks = call.domain.axis(axis);
  std::vector<std::int64_t> lengths;
  Dims at = Dims::filled(call.domain.rank(), 0);
  for (at[axis] = 0; at[axis] < chunks.count(); at[axis]++)
    lengths.push_back(call.seen_around(call.domain.box(at)).extent[axis]);
  return AxisChunks::irregular(lengths);
}

}  // namespace

Array overlap_of_user(ChunkFunction function, const Array& x, const Dims& depth, const OverlapOptions& options) {
  function.name = options.name, function.version = options.version;
  function.cuda = options.cuda, function.grid = options.cuda_grid;
  check_call("map_overlap", function, 1, function.apply != nullptr);
  const std::string operation = "map_overlap '" + options.name + "'";
  const Array argument = arguments_of(function, {x})[0];
  std::vector<int> labels(static_cast<std::size_t>(x.rank()));
  std::iota(labels.begin(), labels.end(), 0);
  ChunkCallBuilder builder(operation, std::move(function), {argument}, {{labels}, labels}, {});
  builder.see_whole(true);
  ChunkCall& call = builder.call();
  call.before = of_axes(operation, depth, x.rank(), "depths");
  call.after = of_axes(operation, options.after.empty() ? depth : options.after, x.rank(), "depths after blocks");
  const Array around = with_boundaries(operation, argument, options, call, call.source);
  std::vector<IndexTransform::Axis> axes;
  for (int i = 0; i < x.rank(); i++) axes.push_back({i, -call.source.lo[i], 1});
  builder.edges() = {{around.node(), {x.shape(), std::move(axes)}}};
  std::vector<AxisChunks> chunks = builder.result_chunks();
  if (!options.trim && x.size() > 0)
    for (int i = 0; i < x.rank(); i++) chunks[static_cast<std::size_t>(i)] = with_halos(call, i);
  return builder.build(std::move(chunks));
}

}  // namespace tessera

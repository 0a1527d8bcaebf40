#pragma once
// What comes out of the tile operator: Maps, whose elements are a Program's, Folds, whose elements are combined
// over axes of the traversal, and what calls make of chunks.
#include <optional>
#include <variant>
#include <vector>

#include <tessera/core/graph/reduce_node.hpp>
#include <tessera/core/kernel/chunk_call.hpp>
#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/kernel/grouping.hpp>
#include <tessera/core/memory/space.hpp>
#include <tessera/distributed/distribution.hpp>
#include <tessera/distributed/plan/tile_value.hpp>

namespace tessera {

struct MapOutput {};

/// Groups whose states are kept in one walk.
struct GroupBand {
  std::int64_t first = 0, count = 0;
};

struct FoldOutput {
  std::uint32_t reduced = 0;  ///< bit i: axis i of the traversal is folded
  Fold fold;
  Dims leaf;              ///< extents of the leaves, of the largest chunk
  PlanProgram epilogue;   ///< from states to elements
  bool in_order = false;  ///< a rank meets the chunks of one result one after another
  /// The output before it that folds the same elements in the same way (the n, mean and M2 of nanmean and nanstd): a
  /// tile is folded once, and its states serve both.
  std::optional<std::size_t> same_states{};
  /// The output, before or after it, or itself, whose pass over a tile's elements folds for this one, too.
  std::optional<std::size_t> pass{};
  /// The epilogue once more, where a device may combine the states of tiles and finish them (fold_states.hpp).
  std::optional<PlanProgram> device_epilogue{};
  /// Folds apart for each group of a band; the result has an axis of all groups, one chunk long.
  std::optional<GroupBand> groups{};

  /// Of extents of the traversal, those of the result that a box with them has.
  Dims result_extent(const Dims& extent) const {
    return groups ? with_groups(extent, reduced, groups->count) : kept_axes(extent, reduced);
  }
  /// Of chunks of the traversal, and of how many of them, those of the result.
  Dims result_chunk(const Dims& at) const { return groups ? with_groups(at, reduced, 0) : kept_axes(at, reduced); }
  /// True for the axis of the result that the groups are.
  bool is_group_axis(int axis) const { return groups && axis == group_axis(reduced); }
  Dims result_chunks(const Dims& count) const {
    return groups ? with_groups(count, reduced, 1) : kept_axes(count, reduced);
  }
};

/// What a user's function makes of the inputs, in chunks of its own.
struct CallOutput {
  ChunkCall call;
};

struct StageOutput {
  PlanProgram program;  ///< a Map's elements; of a Fold what is folded
  std::vector<TileInput> inputs;
  ChunkGrid grid;  ///< of the result
  DType dtype = DType::float64;
  Distribution owners;         ///< who makes each chunk of the result
  std::vector<int> writes;     ///< sinks that write it
  std::optional<int> array{};  ///< of the plan, which keeps it
  Space array_space = Space::host;
  std::variant<MapOutput, FoldOutput, CallOutput> how;

  const FoldOutput* fold() const { return std::get_if<FoldOutput>(&how); }
  FoldOutput* fold() { return std::get_if<FoldOutput>(&how); }
  const ChunkCall* call() const {
    const auto* made = std::get_if<CallOutput>(&how);
    return made ? &made->call : nullptr;
  }
};

}  // namespace tessera

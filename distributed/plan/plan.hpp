#pragma once
// Plan: what every rank derives from (expression, ranks, budget), without talking and without data. It grows with the
// number of operations, never with the number of chunks.
//
// A stage has one traversal: a chunk grid, an order, owners. A rank walks its chunks tile by tile; for each tile the
// values are made in order: leaves (read, generated or already in memory), temporaries (a Program over a smaller,
// broadcast box), outputs. A stage ends where an output must be whole before the next can go on.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/store.hpp>
#include <tessera/distributed/distribution.hpp>

namespace tessera {

/// What the next evaluation may change in a cached plan: the values of scalars and which sources are read.
struct PlanSource {
  std::shared_ptr<const SourceNode> node;
  std::int32_t origin = -1;  ///< number in topological_order of the graph as built
};

/// Where a result goes.
struct PlanSink {
  enum class Kind { gather, persist, write } kind = Kind::gather;
  int target = -1;  ///< write: number of the dataset writer
  DType dtype = DType::float64;
  Shape shape;
  WriteCost cost{};  ///< write: memory of its writer
};

struct PlanProgram {
  Program program;
  std::shared_ptr<const cpu::Kernel> kernel;
  std::vector<ScalarParameter> parameters;
  std::vector<ScalarBits> scalars;
};

struct TileInput {
  int value;           ///< number of the tile value
  IndexTransform map;  ///< from the index space of the Program to the value's
  bool operator==(const TileInput&) const = default;
};

/// Elements that a tile holds while it is computed.
struct TileValue {
  enum class Kind : std::uint8_t {
    read,      ///< from a store into a tile buffer
    generate,  ///< from a generator into a tile buffer
    resident,  ///< in a chunk of a resident array; copied only if it straddles chunks
    fetched,   ///< in the box that was fetched before the stage began
    computed,  ///< by a Program, into a tile buffer
    pieces     ///< of other values, one after another along an axis: used in place within one, else copied together
  } kind = Kind::read;
  DType dtype = DType::float64;
  int source = -1;  ///< sources of the plan; for resident: the array made by an earlier stage when `array` >= 0
  int array = -1;   ///< arrays of the plan
  IndexTransform from_domain;  ///< from the traversal's index space to the value's
  Shape shape;                 ///< of the value's index space
  PlanProgram program;         ///< computed
  std::vector<TileInput> inputs;
  bool one_chunk = false;          ///< resident, pieces: every traversal chunk lies in one of its chunks, in one piece
  int axis = -1;                   ///< pieces: the traversal's axis that they follow one another on
  std::vector<std::int64_t> cuts;  ///< pieces: piece k is for indices [cuts[k], cuts[k + 1]) of that axis

  /// The part of the traversal's index space where the value is made: all of it, unless it is (of) a piece.
  Box within;
  int seam_axis = -1;  ///< the axis of the outermost pieces that it belongs to; -1 when it is made everywhere
};

/// An array that a stage makes in memory.
struct PlanArray {
  DType dtype = DType::float64;
  Distribution distribution;  ///< as the stage makes it
  bool replicate = false;     ///< small: every rank gets all of it at the end of the stage
  int first_stage = 0;        ///< the stage that makes it
  int last_stage = 0;         ///< the last stage that reads it; results of the user live on
  std::vector<int> sinks;     ///< persist and gather: the sinks that it becomes
  std::optional<Kept> kept;   ///< a Map that is made whole so as not to be computed again
};

struct StageOutput {
  PlanProgram program;  ///< Map: the result. Reduce: the prologue
  std::vector<TileInput> inputs;
  bool is_reduce = false;
  std::uint32_t reduced = 0;
  Fold fold;
  Dims leaf;  ///< extents of the leaves, of the largest chunk
  /// Reduce: the output before it that folds the same elements in the same way (the n, mean and M2 of nanmean and
  /// nanstd): a tile is folded once, and its states serve both. -1: none.
  int twin = -1;
  /// Reduce: the output, before or after it, whose pass over a tile's elements folds for this one, too. -1: none.
  int leader = -1;
  PlanProgram epilogue;
  ChunkGrid grid;  ///< of the result
  DType dtype = DType::float64;
  Distribution owners;      ///< Reduce: who finishes each result chunk
  bool in_order = false;    ///< Reduce: a rank meets the chunks of one result one after another
  std::vector<int> writes;  ///< sinks that write this result
  int array = -1;           ///< array that keeps it, if any
  NodePtr node;             ///< what it is, while planning
};

/// What is fetched together before a stage: one box of an array, for values that see it with little between them.
struct StageFetch {
  std::vector<int> values;
};

struct Stage {
  std::string name;
  ChunkGrid grid;
  Distribution owners;
  std::vector<TileValue> values;
  std::vector<StageOutput> outputs;
  std::vector<StageFetch> fetches;  ///< of the values of kind `fetched`
  std::uint32_t grouped =
      0;      ///< axes whose tiles of one chunk column follow one another (the reduced axes of the order)
  Dims tile;  ///< extents of a full tile
  std::int64_t seam_bytes = 0;  ///< what the buffers of pieces take together in any tile
  int workers = 1;              ///< tiles in flight per rank
  // Figures per rank (the largest of any) in bytes
  std::int64_t tile_bytes = 0, state_bytes = 0, fetch_bytes = 0, exchange_bytes = 0, resident_bytes = 0,
               write_bytes = 0;
  std::int64_t peak() const {
    return (Amount(tile_bytes) * workers + state_bytes + fetch_bytes + exchange_bytes + resident_bytes + write_bytes)
        .value();
  }
  // Figures over all ranks
  std::int64_t tiles = 0, bytes_read = 0, bytes_written = 0, bytes_moved = 0, messages = 0;
};

/// The smallest box of traversal indices around the chunks of `rank`; extents 0 when it has none.
TESSERA_API Box owned_box(const Stage& stage, int rank);
/// The box of a value, in its own index space, that the tiles of `rank` need.
TESSERA_API Box needed_box(const Stage& stage, const TileValue& value, int rank);
/// The box around all that the values of a fetch need.
TESSERA_API Box fetched_box(const Stage& stage, const StageFetch& fetch, int rank);

struct PlanLimits {
  int ranks = 1;
  int threads = 1;
  std::int64_t memory = 0;    ///< bytes per rank for Tessera's own allocations
  std::int64_t baseline = 0;  ///< bytes that the process takes besides, for messages
};

struct Plan {
  PlanLimits limits;
  std::vector<PlanSource> sources;
  std::vector<PlanArray> arrays;
  std::vector<PlanSink> sinks;
  std::vector<Stage> stages;
  std::int64_t peak = 0;  ///< bytes per rank
  int not_kept = 0;       ///< results that are computed again because the budget has no room for them
};

/// Gives a cached plan the scalars and sources of another evaluation of the same structure: `nodes` in topological
/// order.
TESSERA_API void rebind(Plan& plan, const std::vector<NodePtr>& nodes);
/// What plans are cached by: the structure of the graph, what its nodes share, and the kinds of the sinks; no values.
struct PlanRequest;
TESSERA_API std::uint64_t plan_key(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes);

/// What is wanted of one expression.
struct PlanRequest {
  NodePtr node;
  PlanSink::Kind kind;
  int target = -1;
  WriteCost cost{};
};

/// throws MemoryBudgetError naming the smallest budget that can, CommError never: pure.
TESSERA_API Plan make_plan(const std::vector<PlanRequest>& requests, const PlanLimits& limits);
/// The plan as people read it: stages, tiles, bytes read, moved and written, messages, peak.
TESSERA_API std::string to_string(const Plan& plan);

/// What the messages of one rank under way may take together, of `memory` bytes for Tessera's allocations.
constexpr std::int64_t message_bytes(std::int64_t memory) {
  return std::clamp<std::int64_t>(memory / 16, 64 << 10, 16 << 20);
}
/// Arrays up to this size are kept on every rank.
inline constexpr std::int64_t replicate_bytes = 64 << 10;
/// What the buffers of a tile should take together: near the second-level cache.
inline constexpr std::int64_t tile_target_bytes = std::int64_t{1} << 20;

}  // namespace tessera

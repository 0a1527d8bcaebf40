#pragma once
// Plan: what every rank derives from (expression, ranks, budget), without talking and without data. It grows with the
// number of operations, never with the number of chunks.
//
// A plan is a list of stages, and a stage is an operator (operators.hpp) with a header that is the same for all. A
// stage ends where what it makes must be whole before the next can go on.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <tessera/core/device/device.hpp>
#include <tessera/core/graph/node.hpp>
#include <tessera/core/store.hpp>
#include <tessera/distributed/distribution.hpp>
#include <tessera/distributed/plan/operators.hpp>
#include <tessera/distributed/plan/shared_text.hpp>

namespace tessera {

/// What the next evaluation may change in a cached plan: the values of scalars and which sources are read.
struct PlanSource {
  std::shared_ptr<const SourceNode> node;
  std::int32_t origin = -1;  ///< number in topological_order of the graph as built
};

/// The chunks of a file as they cut what is written there.
struct FileChunks {
  Dims chunk{};  ///< extents; empty: the elements lie one after another
  Dims skip{};   ///< what the first chunk of an axis has already: what is appended may begin within one
  bool operator==(const FileChunks&) const = default;
};

/// Where a result goes.
struct PlanSink {
  enum class Kind { gather, persist, write } kind = Kind::gather;
  int target = -1;  ///< write: number of the dataset writer
  DType dtype = DType::float64;
  Shape shape;
  WriteCost cost{};  ///< write: memory of its writer
  FileChunks chunks{};
};

/// An array that a stage makes in memory.
struct PlanArray {
  DType dtype = DType::float64;
  Space space = Space::host;
  Distribution distribution;  ///< as the stage makes it
  bool replicate = false;     ///< small: every rank gets all of it at the end of the stage
  int first_stage = 0;        ///< the stage that makes it
  int last_stage = 0;         ///< the last stage that reads it; results of the user live on
  std::vector<int> sinks;     ///< persist and gather: the sinks that it becomes
  std::optional<Kept> kept;   ///< a Map that is made whole so as not to be computed again
};

/// What a stage walks, reads, writes and moves: over all ranks, as the run counts it.
struct Traffic {
  std::int64_t chunks = 0, tiles = 0;
  std::int64_t inner_tiles = 0;  ///< of these, made while halos are under way
  std::int64_t bytes_read = 0, bytes_written = 0, bytes_moved = 0, messages = 0;
  std::int64_t between_devices =
      0;  ///< of bytes_moved: from one device's memory to another's, over a link where there is one
  std::int64_t scratch_bytes = 0;  ///< written to scratch files, and read again
  bool at_most = false;            ///< what is read, and tiles: the data decides how often
  bool moves_at_most = false;      ///< what is moved, too
  double decodings = 0;  ///< of a compressed chunk, on average of the dataset where it is most; 0: nothing is decoded
};

struct Stage {
  std::string name;
  std::vector<int> reads;  ///< arrays of the plan
  std::vector<int> makes;  ///< arrays of the plan, in memory when the operator begins
  // Bytes per rank, the most of any
  std::int64_t array_bytes = 0;     ///< of the plan's arrays while the stage runs
  std::int64_t operator_bytes = 0;  ///< memory_of the operator
  std::int64_t device_bytes = 0;    ///< of both, in the device's space; not in the others
  std::int64_t scratch_bytes = 0;   ///< in scratch files
  Traffic traffic;
  Operator op;

  std::int64_t peak() const { return (Amount(array_bytes) + operator_bytes).value(); }
};

struct PlanLimits {
  int ranks = 1;
  int threads = 1;
  std::int64_t memory = 0;         ///< bytes per rank for Tessera's own allocations
  std::int64_t baseline = 0;       ///< bytes that the process takes besides, for messages
  const Device* device = nullptr;  ///< computes what it can; null: the host computes all
  std::int64_t device_memory = 0;  ///< bytes per rank of its space
  std::int64_t device_least = 0;   ///< bytes of a traversal from which on the device is given it
  bool one_kind = true;            ///< of devices on all ranks: floating products have the same bits on each
  bool arrays_on_host =
      false;                 ///< what tiles of a device make goes to the host's memory: the device has no room for it
  std::int64_t scratch = 0;  ///< bytes per rank that scratch files may take; 0: there are none
  SharedText link{};     ///< what carries messages between the devices' memories; empty: they pass through the hosts'
  SharedText no_link{};  ///< why there is none
};
static_assert(std::is_nothrow_copy_constructible_v<PlanLimits>);  // ranks copy limits where nobody is told of failures

struct Plan {
  PlanLimits limits;
  std::vector<PlanSource> sources;
  std::vector<PlanArray> arrays;
  std::vector<PlanSink> sinks;
  std::vector<Stage> stages;
  Traffic results;                ///< after the stages: what goes to every rank because the user gathers it
  std::int64_t peak = 0;          ///< bytes per rank, of the host's memory
  std::int64_t device_peak = 0;   ///< of the device's
  std::int64_t scratch_peak = 0;  ///< in scratch files
  std::size_t programs = 0;       ///< of all stages
  int not_kept = 0;               ///< results that are computed again because the budget has no room for them

  const SourceNode& source(int number) const { return *sources[number].node; }
  const PlanArray& array(int number) const { return arrays[number]; }
  const PlanSink& sink(int number) const { return sinks[number]; }
};

/// Who owns which chunk of an array in memory.
TESSERA_API const Distribution& distribution_of(const Plan& plan, const HeldArray& array);
/// Where its chunks lie.
Space space_of(const Plan& plan, const HeldArray& array);
/// True when what goes from an array to memory in `to` goes from one device's memory to another's.
bool is_between_devices(const Plan& plan, const HeldArray& array, Space to);
/// True when the ranks' devices have one: all of that goes over it.
inline bool has_link(const Plan& plan) { return !plan.limits.link.empty(); }
bool is_linked(const Plan& plan, const HeldArray& array, Space to);
/// True when something in it does.
bool uses_link(const Plan& plan);
/// The largest message of a rank, over a link or by the communicator.
std::int64_t largest_message(const PlanLimits& limits, bool linked);
/// True when every rank has all of it, so that nobody asks another.
TESSERA_API bool on_every_rank(const Plan& plan, const HeldArray& array);

/// Gives a cached plan the scalars and sources of another evaluation of the same structure: `nodes` in topological
/// order.
TESSERA_API void rebind(Plan& plan, const std::vector<NodePtr>& nodes);
/// What plans are cached by: the structure of the graph, what its nodes share, and the kinds of the sinks; no values.
struct PlanRequest;
TESSERA_API Key plan_key(const std::vector<PlanRequest>& requests, const std::vector<NodePtr>& nodes);

/// What is wanted of one expression.
struct PlanRequest {
  NodePtr node;
  PlanSink::Kind kind;
  int target = -1;
  WriteCost cost{};
  FileChunks chunks{};  ///< of the target
};

/// throws MemoryBudgetError naming the smallest budget that can, CommError never: pure.
TESSERA_API Plan make_plan(const std::vector<PlanRequest>& requests, const PlanLimits& limits);
/// The plan as people read it: stages, tiles, bytes read, moved and written, messages, peak.
TESSERA_API std::string to_string(const Plan& plan);

/// What the messages of one rank under way may take together, of `memory` bytes for Tessera's allocations.
constexpr std::int64_t message_bytes(std::int64_t memory) {
  return std::clamp<std::int64_t>(memory / 16, 64 << 10, 16 << 20);
}
/// The same over a link, of `memory` bytes of the device. (Not measured.)
constexpr std::int64_t link_bytes(std::int64_t memory) {
  return std::clamp<std::int64_t>(memory / 16, 64 << 10, 64 << 20);
}
/// Arrays up to this size are kept on every rank.
inline constexpr std::int64_t replicate_bytes = 64 << 10;
/// What the buffers of a tile should take together: near the second-level cache.
inline constexpr std::int64_t tile_target_bytes = std::int64_t{1} << 20;

}  // namespace tessera

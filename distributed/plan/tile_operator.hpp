#pragma once
// The tile operator: one traversal of a chunk grid, in an order, by owners. A rank walks its chunks tile by tile; for
// each tile the values are made in order (read, generated or already in memory; temporaries, by a Program over a
// smaller, broadcast box), then the outputs: Maps and Folds.
//
//   tile_operator   what it is; building and explaining it
//   tile_values     its values: nodes seen through index transforms
//   owners          who walks which chunk, and what must be fetched for that
//   inner_tiles     which of these are made while a halo is fetched
//   share_folds     Folds that share work on a tile
//   tile_space      whether the device computes it, or the host
//   tiles           how large a tile is, and the memory that takes
//   blocks          what is read whole before tiles
//   file_walk       the order in which files are read and written, by what it costs
//   parts           the memory of joined values
//   fold_states     the memory of partial results
//   tile_traffic    what all that reads, writes and moves
#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include <tessera/distributed/distribution.hpp>
#include <tessera/distributed/plan/space_bytes.hpp>
#include <tessera/distributed/plan/stage_output.hpp>
#include <tessera/distributed/plan/tile_value.hpp>

namespace tessera {

struct Plan;
struct Traffic;
class Draft;

/// What is fetched together before the tiles: one box of an array, for values that see it with little between them.
struct StageFetch {
  HeldArray array;
  DType dtype = DType::float64;
  std::vector<std::size_t> values;  ///< numbers of the FetchedValues
};

/// Bytes of memory per rank, the most of any rank.
struct TileMemory {
  std::int64_t tile = 0;     ///< a worker's buffers, in the space of the operator
  std::int64_t block = 0;    ///< what is read for a block, of the host
  std::int64_t staging = 0;  ///< of the host, for a worker of a device: what comes from the host or goes there, states
  std::int64_t states = 0;   ///< of Folds, while the tiles are walked
  std::int64_t shared_states = 0;  ///< of columns that ranks share, while they exchange them
  std::int64_t fetched = 0;        ///< boxes that come before the tiles, which stay: in that space, too
  std::int64_t fetch_messages = 0, state_messages = 0;  ///< under way before the tiles, and after them
  std::int64_t link_messages = 0;                       ///< before the tiles, over the devices' link: of a device
  std::int64_t halo_messages = 0;                       ///< while inner tiles are made, and kept until the last tile
  std::int64_t writers = 0;                             ///< chunks being compressed
};

struct TileOperator {
  Space space = Space::host;  ///< where its tiles are computed, and where the arrays lie that it makes
  ChunkGrid grid;
  Distribution owners;
  std::vector<TileValue> values;
  std::vector<StageOutput> outputs;
  std::vector<StageFetch> fetches;
  std::uint32_t grouped =
      0;      ///< axes whose tiles of one chunk column follow one another (the folded axes of the order)
  Dims tile;  ///< extents of a full tile
  std::int64_t part_bytes = 0;  ///< what the buffers of parts take together in any tile
  std::int64_t tiles = 0;       ///< of the whole traversal
  int workers = 1;              ///< tiles in flight per rank
  bool inner_first = false;     ///< tiles that need no halo of other ranks are made while it is under way
  /// Of a device: how many buffers there are, to be used in turn, for what comes from the host or goes there. 2: the tiles before
  /// and after the one that is computed are under way meanwhile.
  int turns = 1;
  TileMemory memory;
};

/// The operator that makes `roots`, all of one traversal grid, in stage `stage` of the draft.
TileOperator build_tiles(Draft& draft, std::size_t stage, const std::vector<NodePtr>& roots);

// What another operator that has one asks for in its place: the values and outputs that make `roots`, whose traversal grid
// it gets; and, once owners and space are chosen, where they go.
void add_outputs(Draft& draft, std::size_t stage, TileOperator& op, const std::vector<NodePtr>& roots);
void send_outputs(Draft& draft, std::size_t stage, TileOperator& op, const std::vector<NodePtr>& roots);
/// The axes that the first Fold reduces: its columns follow one another.
std::uint32_t folded_first(const TileOperator& op);

// What every operator has (operators.hpp).
std::string name_of(const TileOperator& op);
std::optional<SpaceBytes> fit(const Plan& plan, TileOperator& op, const SpaceBytes& available);
SpaceBytes memory_of(const TileOperator& op);
Traffic traffic_of(const Plan& plan, const TileOperator& op);
std::string explain(const Plan& plan, const TileOperator& op);
std::string explain_memory(const TileOperator& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, TileOperator>
void for_each_program(Op& op, F&& f) {
  for (auto& v : op.values)
    if (auto* computed = std::get_if<ComputedValue>(&v.how)) f(computed->program, op.space);
  for (auto& o : op.outputs) {
    f(o.program, op.space);
    auto* fold = o.fold();
    if (!fold) continue;
    f(fold->epilogue, Space::host);  // states are finished there
    if (fold->device_epilogue) f(*fold->device_epilogue, Space::device);
  }
}

/// True when tiles are whole chunks, along some axes at least, for functions of the user's own.
bool calls_chunks(const TileOperator& op);
/// Who finishes each chunk of a Fold's result, in order or not (FoldOutput::in_order).
Distribution fold_owners(const TileOperator& op, const StageOutput& output, bool in_order);
/// The smallest box of traversal indices around the chunks of `rank`; extents 0 when it has none.
TESSERA_API Box owned_box(const TileOperator& op, int rank);
/// The box of a value, in its own index space, that the tiles of `rank` need.
TESSERA_API Box needed_box(const TileOperator& op, const TileValue& value, int rank);
/// The box around all that the values of a fetch need.
TESSERA_API Box fetched_box(const TileOperator& op, const StageFetch& fetch, int rank);

}  // namespace tessera

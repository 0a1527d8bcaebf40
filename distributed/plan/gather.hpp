#pragma once
// Gather: elements of an array at indices that other arrays give. A walk over tiles of the result, whose values are the
// index arrays; of a tile they become requests: positions in the array (chunk_order.hpp), each for a few elements that lie
// there one after another (a row). There are three ways:
//   here        the array is in memory, all of it on this rank: rows are copied as they are asked for
//   by owner    it is spread over ranks: the requests of a block of tiles are sorted by owner and go there in messages,
//               with a window of peers at a time (exchange/windows.hpp), and rows come back
//   in order    it is in a file, or generated: the requests of a block are sorted by position, and what lies close
//               together is read at once, each chunk for all that the block wants of it
// What is gathered becomes an array, or goes into files; or, where nobody needs it whole (streamed_gathers.hpp), a second
// operator with the same tiles makes Maps and Folds of it as it comes.
#include <tessera/core/graph/gather_node.hpp>
#include <tessera/distributed/exchange/windows.hpp>
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

/// An axis of the array that is read: an index array's elements, or the result's index, give its indices.
struct GatheredAxis {
  int index = -1, from = -1;            ///< number of the index array; axis of the result; both -1: `offset` alone
  std::int64_t offset = 0, stride = 0;  ///< what is read is at offset + stride * index
};

/// An index array: what its elements must lie within, and where they are in the array that the user has.
struct GatherIndex {
  std::int64_t extent = 0;
  int axis = 0;  ///< of what is indexed
  IndexTransform place;
};

/// What several tiles ask for together; of one rank at most.
struct GatherBlock {
  std::int64_t requests = 0, elements = 0;
};

struct GatherOperator {
  enum class Way { here, by_owner, in_order };
  TileOperator walk;  ///< its only output has the index arrays as inputs, no Program, and what is gathered
  Way way = Way::here;
  HeldArray array;      ///< in memory, but for in_order
  int source = -1;      ///< in_order: of the plan
  ChunkGrid grid;       ///< by which elements are numbered
  Distribution owners;  ///< of the chunks: by_owner
  std::vector<GatheredAxis> axes;
  std::vector<GatherIndex> indices;
  int row_axes = 0;        ///< the last axes of the result that are also those of the array, whole from the second on
  std::int64_t piece = 1;  ///< elements of a request, at most
  GatherBlock block;
  Windows windows{1, 1, 0};
  Dims cell;                        ///< in_order: extents of what is read at once, at most
  std::int64_t scratch = 0;         ///< in_order: bytes that reading it takes besides, of a worker
  std::optional<TileOperator> use;  ///< what is made of the elements, of which a tile has those that came for it
};

class Draft;
/// The operator that makes `roots` in stage `stage` of the draft, of the elements of `node`, a Gather: Maps and Reduces of
/// one traversal; or `node` itself alone.
GatherOperator build_gather(Draft& draft, std::size_t stage, const NodePtr& node, const std::vector<NodePtr>& roots);

// What every operator has (operators.hpp). What a gather reads and moves depends on indices: traffic_of says what it is
// at most.
std::string name_of(const GatherOperator& op);
std::optional<SpaceBytes> fit(const Plan& plan, GatherOperator& op, const SpaceBytes& available);
SpaceBytes memory_of(const GatherOperator& op);
Traffic traffic_of(const Plan& plan, const GatherOperator& op);
std::string explain(const Plan& plan, const GatherOperator& op);
std::string explain_memory(const GatherOperator& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, GatherOperator>
void for_each_program(Op& op, F&& f) {
  for (auto& v : op.walk.values)
    if (auto* computed = std::get_if<ComputedValue>(&v.how)) f(computed->program, op.walk.space);
  if (op.use) for_each_program(*op.use, f);
}

/// Elements of the rows of a tile.
std::int64_t row_of(const GatherOperator& op, const Dims& tile);
/// Requests of a tile of these extents, and of smaller ones at most.
std::int64_t requests_of(const GatherOperator& op, const Dims& tile);
/// Requests of one message.
std::int64_t requests_of_message(const GatherOperator& op);
/// How a block's requests are ordered in one pass: so many groups, of positions that share their upper bits.
inline constexpr int gather_group_bits = 11;

// Bytes of the memory that execution takes, by purpose.
std::int64_t request_bytes(const GatherOperator& op);   ///< of a block, twice, for they are sorted
std::int64_t gathered_bytes(const GatherOperator& op);  ///< of a block's elements
std::int64_t sorting_bytes(const GatherOperator& op);
std::int64_t owner_bytes(const GatherOperator& op);  ///< what is counted of each rank
std::int64_t message_bytes_of(const GatherOperator& op);
std::int64_t cell_bytes(const GatherOperator& op);  ///< of a worker
std::int64_t batch_bytes();                         ///< of a worker: positions of some rows
inline constexpr std::int64_t gather_batch = 2048;  ///< rows

}  // namespace tessera

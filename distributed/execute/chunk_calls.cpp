// Calls of a user's function of chunks: a walk over tiles. What an input has of a tile, as it lies, and where the result
// goes are handed on.
#include <tessera/distributed/execute/chunk_call.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/plan/tile_space.hpp>

namespace tessera {
namespace {

class ChunkCallRunner final : public TileRunner {
 public:
  ChunkCallRunner(StageRun& stage, const ChunkCalls& op, const TileCursor& cursor, const std::vector<HeldBox>& fetched,
                  std::vector<std::unique_ptr<Columns>>& no_columns, int thread)
      : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread), call_(*op.walk.outputs[0].call()) {}

 private:
  void map_tile(std::size_t number, const Dims& coordinates, const Box& tile) override {
    const StageOutput& o = op_.outputs[number];
    const Box made = call_.made(coordinates, tile);
    if (made.empty()) return;
    const CalledPart part = part_of(call_, coordinates, tile);
    operands_of(o.inputs, part.seen.lo);
    const std::int64_t item = item_size(o.dtype);
    StridedOutput to;
    if (is_made_in_array(op_, o))
      to = output_at(execution_.array(*o.array)->chunk(call_.result_chunk(coordinates)), made.lo);
    else
      to = {output_buffer(number, made.size() * item), row_major_strides(made.extent, item), op_.space};
    {
      const TraceSpan span(within_, Activity::compute, traced_stage_);
      call_chunk(execution_.device, stream_, call_, part, operands_, made.extent, to, blocks_);
    }
    if (!o.writes.empty() || goes_to_host(op_, o)) write(o, made, {to.data, to.strides, to.space});
  }

  const ChunkCall& call_;
};

}  // namespace

void run(StageRun& stage, const ChunkCalls& op) {
  fetch_and_walk_tiles(stage, op.walk,
                       [&](const TileCursor& cursor, const auto& fetched, auto& no_columns, int thread) {
                         return std::make_unique<ChunkCallRunner>(stage, op, cursor, fetched, no_columns, thread);
                       });
}

}  // namespace tessera

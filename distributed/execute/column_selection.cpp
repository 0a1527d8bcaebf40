// Quantiles of columns that tiles have whole.
#include <tessera/core/device/host_select.hpp>

#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/plan/column_selection.hpp>

namespace tessera {
namespace {

class ColumnRunner final : public TileRunner {
 public:
  ColumnRunner(StageRun& stage, const ColumnSelection& op, const TileCursor& cursor,
               const std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& no_columns, int thread)
      : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread),
        selection_(op),
        gathered_(stage.x.pool, gathered_bytes(op), "the columns of a tile") {}

 private:
  // Of an index of the walk, or extents there, what stays in the result, behind the place on the axis of quantiles.
  Dims in_result(const Dims& of_walk, std::int64_t along_quantiles) const {
    Dims d = kept_axes(of_walk, selection_.task.folded);
    if (selection_.task.is_list) d.insert(0, along_quantiles);
    return d;
  }

  StridedOutput result_memory(const Dims& coordinates, const Box& box) {
    const StageOutput& result = selection_.task.result;
    if (result.array) return output_at(execution_.array(*result.array)->chunk(in_result(coordinates, 0)), box.lo);
    if (results_.bytes() < result_bytes(selection_, op_.tile))
      results_ = Buffer(execution_.pool, result_bytes(selection_, op_.tile), "the quantiles of a tile");
    return {results_.data(), row_major_strides(box.extent, item_size(result.dtype))};
  }

  void map_tile(std::size_t number, const Dims& coordinates, const Box& tile) override {
    const SelectionTask& task = selection_.task;
    const StridedInput from = elements(number, tile);
    const Box box{in_result(tile.lo, 0), in_result(tile.extent, task.quantiles.count())};
    const StridedOutput to = result_memory(coordinates, box);
    {
      const TraceSpan span(within_, Activity::reduce, traced_stage_);
      StridedOutput quantiles = to;
      if (!task.is_list) quantiles.strides.insert(0, 0);
      select_columns(task.quantiles, task.element, tile.extent, task.folded, from, gathered_.data(), quantiles);
    }
    if (!task.result.writes.empty()) write(task.result, box, {to.data, to.strides});
  }

  const ColumnSelection& selection_;
  Buffer gathered_, results_;
};

}  // namespace

void run(StageRun& stage, const ColumnSelection& op) {
  fetch_and_walk_tiles(stage, op.walk,
                       [&](const TileCursor& cursor, const auto& fetched, auto& no_columns, int thread) {
                         return std::make_unique<ColumnRunner>(stage, op, cursor, fetched, no_columns, thread);
                       });
}

}  // namespace tessera

// The sort of whole rows: a walk over tiles. A row is gathered, sorted, and put where its result lies.
#include <tessera/core/device/host_sort.hpp>

#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>

namespace tessera {
namespace {

class RowSortRunner final : public TileRunner {
 public:
  RowSortRunner(StageRun& stage, const RowSort& op, const TileCursor& cursor, const std::vector<HeldBox>& fetched,
                std::vector<std::unique_ptr<Columns>>& no_columns, int thread)
      : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread),
        sort_(op),
        records_(stage.x.pool, worker_bytes(op), "the rows of a sort") {}

 private:
  void map_tile(std::size_t number, const Dims& coordinates, const Box& tile) override {
    const StageOutput& o = op_.outputs[number];
    operands_of(o.inputs, tile.lo);
    Box box = tile;  // of the result
    box.lo[sort_.axis] = 0, box.extent[sort_.axis] = sort_.count;
    if (box.empty()) return;
    StridedOutput to;
    if (o.array) {
      to = output_at(execution_.array(*o.array)->chunk(coordinates), box.lo);
    } else {
      const std::int64_t item = item_size(o.dtype);
      to = {buffer(op_.values.size(), box.size() * item), row_major_strides(box.extent, item)};
    }
    {
      const TraceSpan span(within_, Activity::compute, traced_stage_);
      sort_rows(tile.extent, operands_[0], to);
    }
    if (!o.writes.empty()) write(o, box, {to.data, to.strides});
  }

  void sort_rows(const Dims& extent, const StridedInput& from, const StridedOutput& to) {
    const Sort& sort = sort_.sort;
    const std::int64_t n = extent[sort_.axis], record = sort_record_bytes(sort);
    std::byte* records = records_.data();
    Dims rows = extent;
    rows[sort_.axis] = 1;
    const Dims origin = Dims::filled(extent.size(), 0);
    for_each_index(rows, [&](const Dims& at) {
      sort_load(sort, address(const_cast<std::byte*>(from.data), from.strides, at, origin), from.strides[sort_.axis], n,
                0, records);
      sort_records(sort, records, records + n * record, n);
      sort_store(sort, records + sort_.first * record, sort_.count, address(to.data, to.strides, at, origin),
                 to.strides[sort_.axis]);
    });
  }

  const RowSort& sort_;
  Buffer records_;
};

}  // namespace

void run(StageRun& stage, const RowSort& op) {
  fetch_and_walk_tiles(stage, op.walk,
                       [&](const TileCursor& cursor, const auto& fetched, auto& no_columns, int thread) {
                         return std::make_unique<RowSortRunner>(stage, op, cursor, fetched, no_columns, thread);
                       });
}

}  // namespace tessera

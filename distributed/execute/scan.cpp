// A scan: one walk over the tiles that makes the elements, or, before it, one that makes the totals of the chunks.
#include <tessera/core/device/host_scan.hpp>

#include <optional>

#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/scan_carries.hpp>
#include <tessera/distributed/execute/scan_chain.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

// What a worker does with a tile of either walk.
class ScanRunner final : public TileRunner {
 public:
  ScanRunner(StageRun& stage, const ScanOperator& op, const TileCursor& cursor, const std::vector<HeldBox>& fetched,
             std::vector<std::unique_ptr<Columns>>& no_columns, int thread, ScanCarries& carries, bool elements)
      : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread),
        scan_(op),
        carries_(carries),
        elements_(elements),
        states_(stage.x.pool, worker_bytes(op, op.walk.tile), "the totals of a tile") {}

 private:
  // What is scanned, and before that possibly memory for it, too.
  StridedOutput result_memory(const StageOutput& o, const Dims& coordinates, const Box& tile) {
    if (o.array) return output_at(execution_.array(*o.array)->chunk(coordinates), tile.lo);
    const std::int64_t item = item_size(o.dtype);
    return {buffer(op_.values.size(), tile.size() * item), row_major_strides(tile.extent, item)};
  }

  // Elements that are there with their last axis dense, are scanned where they are.
  StridedInput scanned(const StageOutput& o, const Box& tile, const StridedOutput& result) {
    const Program& p = o.program.program;
    const int last = tile.rank() - 1;
    if (p.code.empty() && p.scalars.empty() && operands_[0].strides[last] == item_size(o.dtype)) return operands_[0];
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    execution_.kernels[o.program].map(stream_, tile.extent, operands_, o.program.scalars, {&result, 1}, false);
    return {result.data, result.strides};
  }

  void map_tile(std::size_t number, const Dims& coordinates, const Box& tile) override {
    const StageOutput& o = op_.outputs[number];
    operands_of(o.inputs, tile.lo);
    const StridedOutput result = result_memory(o, coordinates, tile);
    const StridedInput from = scanned(o, tile, result);
    {
      const TraceSpan span(within_, Activity::reduce, traced_stage_);
      std::byte* carry = states_.data();
      std::byte* pieces = carry + carry_bytes(scan_, tile.extent);
      scan_totals(scan_.scan, tile.extent, scan_.axis, from, pieces);
      const Box chunk = op_.grid.box(coordinates);
      if (!carries_.pass({coordinates, chunk, tile}, pieces, carry) || !elements_) return;
      scan_elements(scan_.scan, tile.extent, scan_.axis, from, carry, pieces, result);
    }
    if (!o.writes.empty()) write(o, tile, {result.data, result.strides});
  }

  const ScanOperator& scan_;
  ScanCarries& carries_;
  bool elements_;
  Buffer states_;
};

}  // namespace

void run(StageRun& stage, const ScanOperator& op) {
  Execution& x = stage.x;
  // Memory first: only when every rank has it does anyone exchange.
  TileFetches fetches(stage, op.walk);
  std::optional<ScanTotals> totals;
  std::vector<std::unique_ptr<Columns>> no_columns;
  stage.failure.then([&] {
    fetches.prepare();
    no_columns.resize(op.walk.outputs.size());
    if (op.by_totals) totals.emplace(x, op);
  });
  fetches.run();
  const auto walk = [&](bool elements) {
    ScanCarries carries(x, op, stage.failure, totals ? &totals->states() : nullptr, elements);
    const auto make = [&](const TileCursor& cursor, int thread) {
      return std::make_unique<ScanRunner>(stage, op, cursor, fetches.boxes(), no_columns, thread, carries, elements);
    };
    walk_tiles(stage, op.walk, std::ref(make));
  };
  if (op.by_totals) {
    if (!totals) {
      walk_tiles(stage, op.walk, nullptr);  // throws
      return;
    }
    walk(false);
    const TraceSpan exchange(x.lane(), Activity::exchange, stage.traced());
    totals->exchange();
  }
  walk(true);
}

}  // namespace tessera

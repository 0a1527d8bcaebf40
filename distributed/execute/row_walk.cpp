#include <tessera/distributed/execute/row_walk.hpp>

#include <tessera/distributed/execute/team.hpp>
#include <tessera/io/files.hpp>

namespace tessera {

// A worker, whose tiles' elements go to whoever takes them in this batch.
class RowWalk::Runner final : public TileRunner {
 public:
  Runner(RowWalk& walk, int thread)
      : TileRunner(walk.stage_, walk.op_.walk, walk.cursor_, walk.fetched_, walk.no_columns_, thread),
        axis_(walk.op_.axis),
        thread_(thread) {}

  const TakeElements* take = nullptr;

 private:
  void map_tile(std::size_t number, const Dims&, const Box& tile) override {
    operands_of(op_.outputs[number].inputs, tile.lo);
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    (*take)({thread_, tile.lo[axis_], tile.extent[axis_], operands_[0].data, operands_[0].strides[axis_]});
  }

  int axis_, thread_;
};

RowWalk::RowWalk(StageRun& stage, const SpreadSort& op, const std::vector<HeldBox>& fetched)
    : stage_(stage),
      op_(op),
      fetched_(fetched),
      cursor_(op.walk, stage.x.comm.rank()),
      no_columns_(op.walk.outputs.size()),
      runners_(static_cast<std::size_t>(op.walk.workers)),
      tiles_before_(stage.x.counters.tiles) {}

RowWalk::~RowWalk() = default;

void RowWalk::begin(const Dims& at) {
  const ChunkGrid& grid = op_.walk.grid;
  chunk_ = at;
  column_ = kept_tile_ = 0;
  for (int i = 0; i < at.size(); i++) {
    if (i == op_.axis) continue;
    const AxisChunks& a = grid.axis(i);
    chunk_[i] = a.find(at[i]);
    column_ = column_ * a.count() + chunk_[i];
    kept_tile_ = kept_tile_ * a.length(chunk_[i]) + at[i] - a.bound(chunk_[i]);
  }
  chunks_ = chunks_of_row(op_.walk.owners, stage_.x.comm.rank(), column_, columns_of(grid, op_.axis));
  size_ = chunks_.size() > 0 ? grid.axis(op_.axis).bound(chunks_.hi) - grid.axis(op_.axis).bound(chunks_.lo) : 0;
  rewind();
}

void RowWalk::rewind() { next_ = {chunks_.lo, 0}; }

RowWalk::Place RowWalk::end_of_batch(Place at, std::int64_t& elements) const {
  const AxisChunks& along = op_.walk.grid.axis(op_.axis);
  const std::int64_t tile = op_.walk.tile[op_.axis];
  elements = 0;
  while (at.chunk < chunks_.hi) {
    const std::int64_t length = along.length(at.chunk);
    const std::int64_t n = std::min(tile, length - at.tile * tile);
    if (elements > 0 && elements + n > op_.batch) break;
    elements += n;
    go_on(at);
  }
  return at;
}

void RowWalk::go_on(Place& at) const {
  if (++at.tile * op_.walk.tile[op_.axis] >= op_.walk.grid.axis(op_.axis).length(at.chunk)) at = {at.chunk + 1, 0};
}

std::int64_t RowWalk::batches() const {
  std::int64_t n = 0, elements = 0;
  for (Place at{chunks_.lo, 0}; at.chunk < chunks_.hi; n++) at = end_of_batch(at, elements);
  return n;
}

TileItem RowWalk::item(const Place& at) const {
  return {at.chunk * columns_of(op_.walk.grid, op_.axis) + column_, 1, kept_tile_, at.tile};
}

RowElements RowWalk::next(const TakeElements& take) {
  const AxisChunks& along = op_.walk.grid.axis(op_.axis);
  RowElements batch;
  if (next_.chunk >= chunks_.hi || stage_.failure.any()) return batch;
  batch.index = index_ = along.bound(next_.chunk) + next_.tile * op_.walk.tile[op_.axis];
  end_ = end_of_batch(next_, batch.n);
  run_workers(batch.n, take);
  return batch;
}

void RowWalk::sample(std::int64_t every, const TakeElements& take) {
  if (chunks_.size() <= 0 || stage_.failure.any()) return;
  rewind();
  end_ = {chunks_.hi, 0};
  step_ = every;
  run_workers(size_ / every, take);
  step_ = 1;
}

void RowWalk::run_workers(std::int64_t elements, const TakeElements& take) {
  // A team of threads costs microseconds to wake.
  constexpr std::int64_t worth_elements = 32 << 10;
  if (op_.walk.workers > 1 && elements >= worth_elements)
    run_team(op_.walk.workers, [&](int thread) { work(thread, take); });
  else
    work(0, take);
  next_ = end_;
  stage_.failure.then([&] { stage_.tell(false, stage_.x.counters.tiles - tiles_before_, stage_.stage.traffic.tiles); });
}

void RowWalk::work(int thread, const TakeElements& take) {
  stage_.failure.guard([&] {
    auto& runner = runners_[static_cast<std::size_t>(thread)];
    if (!runner) runner = std::make_unique<Runner>(*this, thread);
    runner->take = &take;
    while (!stage_.failure.any()) {
      Place at;
      {
        std::lock_guard lock(mutex_);
        if (next_.chunk == end_.chunk && next_.tile == end_.tile) break;
        at = next_;
        for (std::int64_t k = 0; k < step_ && (next_.chunk != end_.chunk || next_.tile != end_.tile); k++) go_on(next_);
      }
      runner->run(item(at));
    }
    runner->finish();
  });
  free_scratch();
}

}  // namespace tessera

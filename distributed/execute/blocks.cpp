#include <tessera/distributed/execute/blocks.hpp>

#include <algorithm>

#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/file_walk.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {
constexpr std::int64_t least_piece_bytes = 256 << 10;
constexpr std::int64_t pieces_per_worker = 8;
}  // namespace

Pieces::Pieces(const StoreInfo& info, const Box& box, std::int64_t bytes)
    : info_(info), box_(box), chunked_(info.chunked || !info.filters.empty()) {
  if (box.empty()) {
    counts_ = {0};
    return;
  }
  for (int j = 0; j < box.rank(); j++) {
    const std::int64_t lo = box.lo[j], hi = lo + box.extent[j];
    first_.push_back(chunked_ ? info.grid.axis(j).find(lo) : lo);
    chunks_.push_back((chunked_ ? info.grid.axis(j).find(hi - 1) : hi - 1) - first_[j] + 1);
  }
  step_ = chunks_;
  // Cut across the slowest axes, so that a piece lies together in the file.
  Amount left = Amount(box.size()) * item_size(info.dtype);
  for (int j = 0; j < step_.size() && left > bytes; j++) {
    const std::int64_t parts = std::min(chunks_[j], ceil_div(left.value(), bytes));
    step_[j] = ceil_div(chunks_[j], parts);
    left = left.value() / ceil_div(chunks_[j], step_[j]);
  }
  for (int j = 0; j < step_.size(); j++) counts_.push_back(ceil_div(chunks_[j], step_[j]));
}

// Where a chunk of the box begins.
std::int64_t Pieces::bound(int j, std::int64_t chunk) const {
  const std::int64_t end = box_.lo[j] + box_.extent[j];
  if (chunk >= chunks_[j]) return end;
  const std::int64_t at = first_[j] + chunk;
  return std::clamp(chunked_ ? info_.grid.axis(j).bound(at) : at, box_.lo[j], end);
}

Box Pieces::piece(std::int64_t number) const {
  Box piece = box_;
  for (int j = box_.rank() - 1; j >= 0; j--) {
    const std::int64_t k = number % counts_[j];
    number /= counts_[j];
    piece.lo[j] = bound(j, k * step_[j]);
    piece.extent[j] = bound(j, (k + 1) * step_[j]) - piece.lo[j];
  }
  return piece;
}

Block::Block(Execution& execution, const TileOperator& op, std::vector<HeldBox>& held)
    : execution_(execution), op_(op), held_(held) {
  for (std::size_t k = 0; k < op.values.size(); k++) {
    const auto* stored = op.values[k].as<StoredValue>();
    if (!stored || !stored->by_block) continue;
    const Store* store = execution.plan.source(stored->source).store();
    parts_.push_back({k, store, Buffer(execution.pool, block_bytes(op, op.values[k]), "a block")});
  }
  pieces_.reserve(parts_.size());
}

void Block::begin(const Box& chunk) {
  pieces_.clear();
  count_ = 0;
  next_ = 0;
  for (auto& p : parts_) {
    const TileValue& v = op_.values[p.value];
    const std::int64_t item = item_size(v.dtype);
    HeldBox& h = held_[p.value];
    h.held = block_of(v, chunk);
    h.strides = row_major_strides(h.held.extent, item);
    h.data = p.memory.data();
    h.space = Space::host;
    const std::int64_t bytes = h.held.size() * item;
    pieces_.emplace_back(p.store->info(), h.held,
                         std::max(least_piece_bytes, bytes / (pieces_per_worker * op_.workers)));
    count_ += pieces_.back().count();
  }
}

Block::Piece Block::piece(std::int64_t number) const {
  for (std::size_t k = 0; k < parts_.size(); k++) {
    if (number < pieces_[k].count()) return {&parts_[k], pieces_[k].piece(number)};
    number -= pieces_[k].count();
  }
  return {};
}

void Block::read(TraceLane* lane, int traced_stage, const Failure& failure) {
  std::int64_t number = next_++;
  while (number < count_ && !failure.any()) {
    const Piece p = piece(number);
    const Store& store = *p.part->store;
    number = next_++;
    if (const Piece ahead = piece(number); ahead.part)
      run_store_code(*ahead.part->store, [&] { ahead.part->store->prefetch(ahead.box); });
    const std::int64_t bytes = run_store_code(store, [&] { return store.file_bytes(p.box); });
    const TraceSpan span(lane, Activity::read, traced_stage, bytes);
    const HeldBox& h = held_[p.part->value];
    const StridedOutput to = output_at(h, p.box.lo);
    run_store_code(store, [&] { store.read(p.box, to.data, to.strides); });
    execution_.counters.bytes_read += bytes;
  }
}

BlockWalk::BlockWalk(StageRun& stage, const TileOperator& op, std::vector<HeldBox>& held)
    : stage_(stage),
      op_(op),
      all_(op, stage.x.comm.rank()),
      block_(stage.x, op, held),
      runners_(static_cast<std::size_t>(op.workers)),
      tiles_before_(stage.x.counters.tiles) {
  if (walks_through_scratch(stage.x.plan, op)) file_.emplace(stage, op, block_.memory());
}

void BlockWalk::run(const MakeTileRunner& make) {
  walk_and_agree(stage_, [&] { walk_blocks(make); });
}

template <class Work>
void BlockWalk::team(const Work& work) {
  Execution& x = stage_.x;
  if (stage_.failure.any()) return;
  run_team(op_.workers, [&](int thread) {
    stage_.failure.guard([&] { work(thread); });
    free_scratch();
  });
  if (x.comm.size() > 1 && stage_.failure.error() && !announced_) {
    announced_ = true;
    x.comm.announce_failure();
  }
}

void BlockWalk::walk_blocks(const MakeTileRunner& make) {
  Execution& x = stage_.x;
  const int rank = x.comm.rank();
  const bool runs = op_.owners.has_runs();
  if (file_) team([&](int thread) { file_->fill(thread, stage_.lane(thread)); });
  const std::int64_t end = runs ? op_.owners.run_end(rank) : op_.grid.count();
  for (std::int64_t position = runs ? op_.owners.run_begin(rank) : 0; position < end; position++) {
    if (stage_.failure.any()) return;
    const Dims at = op_.owners.at_position(position);
    if (!runs && op_.owners.owner(at) != rank) continue;
    stage_.failure.guard([&] { block_.begin(op_.grid.box(at)); });
    if (file_) {
      stage_.failure.then([&] { file_->begin(position, block_.held()); });
      team([&](int thread) { file_->read(stage_.lane(thread)); });
    } else {
      team([&](int thread) { block_.read(stage_.lane(thread), stage_.traced(), stage_.failure); });
    }
    TileCursor cursor(op_, rank, position);
    team([&](int thread) { walk(cursor, thread, make); });
  }
}

void BlockWalk::walk(TileCursor& cursor, int thread, const MakeTileRunner& make) {
  Execution& x = stage_.x;
  auto& runner = runners_[static_cast<std::size_t>(thread)];
  if (!runner) runner = make(all_, thread);
  TileItem item;
  while (!stage_.failure.any() && cursor.next(item)) {
    runner->run(item);
    if (thread != 0) continue;
    if (x.comm.size() > 1 && x.comm.failure_announced()) stage_.failure.stop();
    stage_.tell(false, x.counters.tiles - tiles_before_, all_.total());
  }
}

}  // namespace tessera

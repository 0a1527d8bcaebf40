// What masks select: workers draw chunks of the domain, and walk the tiles of each in order.
#include <atomic>
#include <cstring>

#include <tessera/core/device/devices.hpp>
#include <tessera/core/item_words.hpp>
#include <tessera/distributed/execute/operators.hpp>
#include <tessera/distributed/execute/team.hpp>
#include <tessera/distributed/execute/tile_walk.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

// Copies the elements that are selected one behind the other. Writes one element behind them.
template <class T>
std::byte* compact(const std::byte* mask, std::int64_t mask_step, const std::byte* from, std::int64_t step,
                   std::int64_t n, std::byte* to) {
  for (std::int64_t i = 0; i < n; i++) {
    std::memcpy(to, from + i * step, sizeof(T));
    to += static_cast<std::int64_t>(sizeof(T)) * (mask[i * mask_step] != std::byte{0});
  }
  return to;
}

std::byte* compact(std::int64_t item, const std::byte* mask, std::int64_t mask_step, const std::byte* from,
                   std::int64_t step, std::int64_t n, std::byte* to) {
  return visit_item_word(item, [&]<class T>(T) { return compact<T>(mask, mask_step, from, step, n, to); });
}

class MaskRunner final : public TileRunner {
 public:
  MaskRunner(StageRun& stage, const MaskOperator& op, const TileCursor& cursor, const std::vector<HeldBox>& fetched,
             std::vector<std::unique_ptr<Columns>>& no_columns, int thread)
      : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread),
        masks_(op),
        row_(item_size(op.walk.outputs[0].dtype)) {
    for (int i = op.mask_axes; i < op.walk.grid.rank(); i++) row_ *= op.walk.grid.axis(i).extent();
    if (op.starts) selected_ = Buffer(stage.x.pool, selected_bytes(op, op.walk.tile), "what a mask selects");
    const std::int64_t whole = row_ > 0 ? selected_.bytes() / row_ : 0;
    room_ = std::max<std::int64_t>(0, whole - 1);
  }

  /// All tiles of the chunk at `position` of the owners' order.
  void run_chunk(int rank, std::int64_t position) {
    const Dims at = op_.owners.at_position(position);
    chunk_ = op_.grid.linear(at);
    done_ = rows_ = 0;
    TileCursor tiles(op_, rank, position);
    for (TileItem item; tiles.next(item);) run(item);
    const StageOutput& o = op_.outputs[0];
    if (!masks_.starts) {
      const HeldBox h = execution_.array(*o.array)->chunk({chunk_});
      std::memcpy(h.data, &done_, sizeof done_);
      return;
    }
    put();
    check(done_ == end() - start());
  }

 private:
  std::int64_t start() const { return (*masks_.starts)[static_cast<std::size_t>(chunk_)]; }
  std::int64_t end() const { return (*masks_.starts)[static_cast<std::size_t>(chunk_) + 1]; }
  static void check(bool as_counted) {
    if (!as_counted)
      throw ValueError("a mask selects other elements than it did when they were counted: its input has changed");
  }

  void map_tile(std::size_t, const Dims&, const Box& tile) override {
    operands_of(op_.outputs[0].inputs, tile.lo);
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    Dims outer;
    const int line = masks_.mask_axes - 1;
    for (int i = 0; i < line; i++) outer.push_back(tile.extent[i]);
    std::int64_t rows = tile.extent[line];
    for (const auto e : outer) rows *= e;
    if (masks_.starts && rows_ + rows > room_) put();
    for_each_index(outer, [&](const Dims& at) {
      const auto place = [&](const StridedInput& in) {
        const std::byte* p = in.data;
        for (int i = 0; i < at.size(); i++) p += at[i] * in.strides[i];
        return p;
      };
      const std::byte* mask = place(operands_[0]);
      const std::int64_t step = operands_[0].strides[line], n = tile.extent[line];
      if (!masks_.starts)
        for (std::int64_t i = 0; i < n; i++) done_ += mask[i * step] != std::byte{0};
      else
        take(tile, mask, step, place(operands_[1]), n);
    });
  }

  // Of one line of the mask.
  void take(const Box& tile, const std::byte* mask, std::int64_t step, const std::byte* from, std::int64_t n) {
    const std::int64_t item = item_size(op_.outputs[0].dtype), stride = operands_[1].strides[masks_.mask_axes - 1];
    if (op_.grid.rank() == masks_.mask_axes) {
      std::byte* begin = selected_.data() + rows_ * item;
      rows_ += (compact(item, mask, step, from, stride, n, begin) - begin) / item;
      return;
    }
    Dims extent, strides;
    for (int i = masks_.mask_axes; i < tile.rank(); i++)
      extent.push_back(tile.extent[i]), strides.push_back(operands_[1].strides[i]);
    const Dims dense = row_major_strides(extent, item);
    for (std::int64_t i = 0; i < n; i++)
      if (mask[i * step] != std::byte{0})
        execution_.copy(stream_, extent, item, {from + i * stride, strides},
                        {selected_.data() + rows_++ * row_, dense});
  }

  // What is selected so far, behind what was put before.
  void put() {
    const StageOutput& o = op_.outputs[0];
    check(done_ + rows_ <= end() - start());
    if (rows_ == 0 || row_ == 0) {
      done_ += rows_, rows_ = 0;
      return;
    }
    Box box{{start() + done_}, {rows_}};
    for (int i = masks_.mask_axes; i < op_.grid.rank(); i++)
      box.lo.push_back(0), box.extent.push_back(op_.grid.axis(i).extent());
    if (o.array) {
      Dims at = Dims::filled(box.rank(), 0);
      at[0] = o.grid.axis(0).find(start());
      const HeldBox h = execution_.array(*o.array)->chunk(at);
      std::memcpy(address(h, box.lo), selected_.data(), static_cast<std::size_t>(rows_ * row_));
    }
    if (!o.writes.empty()) write(o, box, {selected_.data(), row_major_strides(box.extent, item_size(o.dtype))});
    done_ += rows_, rows_ = 0;
  }

  const MaskOperator& masks_;
  std::int64_t row_, room_ = 0;  // bytes of a row; rows for which there is memory
  Buffer selected_;
  std::int64_t chunk_ = 0;            // number in row-major order
  std::int64_t done_ = 0, rows_ = 0;  // of the chunk: put, or counted; selected since
};

// The chunks of this rank, drawn by workers one after another.
class OwnChunks {
 public:
  OwnChunks(const Distribution& owners, int rank)
      : owners_(owners),
        rank_(rank),
        next_(owners.has_runs() ? owners.run_begin(rank) : 0),
        end_(owners.has_runs() ? owners.run_end(rank) : owners.grid().count()) {}
  /// -1: none is left.
  std::int64_t next() {
    for (std::int64_t p = next_++; p < end_; p = next_++)
      if (owners_.has_runs() || owners_.owner(owners_.at_position(p)) == rank_) return p;
    return -1;
  }

 private:
  const Distribution& owners_;
  int rank_;
  std::atomic<std::int64_t> next_;
  std::int64_t end_;
};

void run_chunks(StageRun& stage, const MaskOperator& op, const std::vector<HeldBox>& fetched) {
  Execution& x = stage.x;
  const int rank = x.comm.rank();
  const bool talks = x.comm.size() > 1;
  OwnChunks chunks(op.walk.owners, rank);
  TileCursor all(op.walk, rank);
  const std::int64_t before = x.counters.tiles;
  const auto work = [&](int thread) {
    stage.failure.then([&] {
      std::vector<std::unique_ptr<Columns>> no_columns(op.walk.outputs.size());
      MaskRunner runner(stage, op, all, fetched, no_columns, thread);
      for (std::int64_t p = chunks.next(); p >= 0 && !stage.failure.any(); p = chunks.next()) {
        runner.run_chunk(rank, p);
        if (thread != 0) continue;
        if (talks && x.comm.failure_announced()) stage.failure.stop();
        stage.tell(false, x.counters.tiles - before, all.total());
      }
      runner.finish();
    });
    free_scratch();
  };
  if (op.walk.workers == 1 || all.total() <= 1)
    work(0);
  else
    run_team(op.walk.workers, work);
  if (talks && stage.failure.error()) x.comm.announce_failure();
}

}  // namespace

void run(StageRun& stage, const MaskOperator& op) {
  TileFetches fetches(stage, op.walk);
  stage.failure.then([&] { fetches.prepare(); });
  fetches.run();
  walk_and_agree(stage, [&] { run_chunks(stage, op, fetches.boxes()); });
}

}  // namespace tessera

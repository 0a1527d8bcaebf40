#include <tessera/distributed/execute/scan_carries.hpp>

#include <chrono>
#include <cstring>

#include <tessera/core/device/host_scan.hpp>

namespace tessera {
namespace {

std::int64_t positions(const Box& tile, int axis) { return tile.size() / tile.extent[axis]; }

// The place of a tile among totals, where chunk `number` is index `number` of the axis.
Box among_totals(Box tile, int axis, std::int64_t number) {
  tile.lo[axis] = number, tile.extent[axis] = 1;
  return tile;
}

}  // namespace

// Of a row: where it begins, as an index of an element.
std::int64_t ScanCarries::number_of(const ScanTile& at) const {
  const ChunkGrid& grid = op_.walk.grid;
  std::int64_t number = 0;
  for (int i = 0; i < grid.rank(); i++) {
    const std::int64_t along = op_.by_totals ? at.chunk.lo[i] : 0;
    number = number * grid.axis(i).extent() + (i == op_.axis ? along : at.tile.lo[i]);
  }
  return number;
}

ScanCarries::Rows::iterator ScanCarries::begin_row(const ScanTile& at, std::int64_t number) {
  const std::int64_t n = positions(at.tile, op_.axis), chunk = at.coordinates[op_.axis];
  Row row{at.tile.lo[op_.axis], Buffer(execution_.pool, lane_bytes(op_, at.tile.extent), "the carries of a scan")};
  if (totals_ && elements_) {
    const Box from = among_totals(at.tile, op_.axis, chunk);
    const std::int64_t item = item_size(op_.scan.state());
    execution_.copy({}, from.extent, item, input_at(totals_->chunk(at.coordinates), from.lo),
                    {row.states.data(), row_major_strides(from.extent, item)});
  } else {
    scan_nothing(op_.scan, n, row.states.data());
  }
  const std::lock_guard lock(mutex_);
  return rows_.emplace(number, std::move(row)).first;
}

ScanCarries::Rows::iterator ScanCarries::wait_for_row(const ScanTile& at, std::int64_t number) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto row = rows_.find(number);
    if (row != rows_.end() && row->second.next == at.tile.lo[op_.axis]) return row;
    if (failure_.any()) return rows_.end();
    moved_.wait_for(lock, std::chrono::milliseconds(5));  // whoever fails tells nobody
  }
}

void ScanCarries::end_chunk(const ScanTile& at, std::byte* carry, const std::byte* within) const {
  if (elements_) return scan_combine(op_.scan, positions(at.tile, op_.axis), carry, within);
  const Box to = among_totals(at.tile, op_.axis, at.coordinates[op_.axis]);
  const std::int64_t item = item_size(op_.scan.state());
  execution_.copy({}, to.extent, item, {within, row_major_strides(to.extent, item)},
                  output_at(totals_->chunk(at.coordinates), to.lo));
}

bool ScanCarries::pass(const ScanTile& at, std::byte* pieces, std::byte* carry) {
  const int axis = op_.axis;
  const std::int64_t n = positions(at.tile, axis), bytes = carry_bytes(op_, at.tile.extent), number = number_of(at);
  const std::int64_t begin = at.tile.lo[axis], end = begin + at.tile.extent[axis];
  const bool first = begin == (op_.by_totals ? at.chunk.lo[axis] : 0);
  const auto row = first ? begin_row(at, number) : wait_for_row(at, number);
  if (row == rows_.end()) return false;
  // Nobody else uses the row before `next` changes.
  std::byte* far = row->second.states.data();
  std::byte* within = far + bytes;
  if (begin == at.chunk.lo[axis]) scan_nothing(op_.scan, n, within);
  std::memcpy(carry, far, bytes);
  scan_pieces(op_.scan, n, ceil_div(at.tile.extent[axis], scan_piece), pieces, within);
  const std::int64_t chunk_end = at.chunk.lo[axis] + at.chunk.extent[axis];
  if (end == chunk_end) end_chunk(at, far, within);
  {
    const std::lock_guard lock(mutex_);
    row->second.next = end;
    if (end == (op_.by_totals ? chunk_end : op_.walk.grid.axis(axis).extent())) rows_.erase(row);
  }
  moved_.notify_all();
  return true;
}

}  // namespace tessera

#include <tessera/distributed/execute/gather_reads.hpp>

#include <algorithm>

#include <tessera/core/device/devices.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/execute/team.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {
// What costs less to read than another call; and to generate.
constexpr std::int64_t stored_gap_bytes = 32 << 10, generated_gap_bytes = 512;
constexpr std::int64_t worth_team = 4096;  // requests
}  // namespace

GatherReads::GatherReads(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks)
    : stage_(stage),
      x_(stage.x),
      op_(op),
      blocks_(blocks),
      source_(stage.x.plan.source(op.source)),
      item_(item_size(op.walk.outputs[0].dtype)) {
  const Store* store = source_.store();
  whole_chunks_ = store && !store->info().filters.empty();
  largest_gap_ = (store ? stored_gap_bytes : generated_gap_bytes) / item_;
  for (int k = 0; k < op.walk.workers; k++) cells_.emplace_back(x_.pool, cell_bytes(op), "what is read at once");
}

Box GatherReads::box_of(const ChunkOrder::Chunk& chunk, std::int64_t request) const {
  const std::int64_t position = GatherRequest::position(request), length = GatherRequest::length(request);
  Box box{ChunkOrder::index(chunk, position), {}};
  if (length == 1) {
    box.extent = Dims::filled(box.lo.size(), 1);
    return box;
  }
  const Dims last = ChunkOrder::index(chunk, position + length - 1);
  for (int i = 0; i < last.size(); i++) box.extent.push_back(last[i] - box.lo[i] + 1);
  return box;
}

// The requests [first, ...) that are read together, all of one chunk, and the box around them.
std::int64_t GatherReads::group(std::int64_t first, std::int64_t end, const ChunkOrder::Chunk& chunk, Box& hull) const {
  const std::int64_t* requests = blocks_.requests();
  hull = box_of(chunk, requests[first]);
  std::int64_t i = first + 1;
  std::int64_t reached = GatherRequest::position(requests[first]) + GatherRequest::length(requests[first]);
  for (; i < end && GatherRequest::position(requests[i]) < chunk.end; i++) {
    const std::int64_t position = GatherRequest::position(requests[i]);
    if (!whole_chunks_ && position - reached > largest_gap_) break;
    const Box next = box_of(chunk, requests[i]);
    Box both = hull;
    bool fits = true;
    for (int a = 0; a < both.rank(); a++) {
      both.lo[a] = std::min(hull.lo[a], next.lo[a]);
      both.extent[a] = std::max(hull.lo[a] + hull.extent[a], next.lo[a] + next.extent[a]) - both.lo[a];
      fits = fits && both.extent[a] <= op_.cell[a];
    }
    if (!fits) break;
    hull = both;
    reached = std::max(reached, position + GatherRequest::length(requests[i]));
  }
  return i;
}

void GatherReads::bring(const Box& hull, std::byte* to, int worker) {
  const Store* store = source_.store();
  if (!store) {
    host_device().generate(Stream{worker}, *source_.generator(), source_.dtype(), source_.shape(), hull, to);
    return;
  }
  const std::int64_t bytes = run_store_code(*store, [&] { return store->file_bytes(hull); });
  const TraceSpan span(stage_.lane(worker), Activity::read, stage_.traced(), bytes);
  run_store_code(*store, [&] { store->read(hull, to, row_major_strides(hull.extent, item_)); });
  x_.counters.bytes_read += bytes;
}

void GatherReads::read(std::int64_t begin, std::int64_t end, int worker) {
  const std::int64_t* requests = blocks_.requests();
  const std::uint32_t* places = blocks_.places();
  std::byte* cell = cells_[static_cast<std::size_t>(worker)].data();
  ChunkOrder::Chunk chunk;
  Box hull;
  for (std::int64_t i = begin; i < end && !stage_.failure.any();) {
    if (GatherRequest::position(requests[i]) >= chunk.end)
      chunk = blocks_.order().find(GatherRequest::position(requests[i]));
    const std::int64_t next = group(i, end, chunk, hull);
    bring(hull, cell, worker);
    const Dims strides = row_major_strides(hull.extent, item_);
    for (; i < next; i++)
      std::memcpy(blocks_.element(places[i]),
                  address(cell, strides, ChunkOrder::index(chunk, GatherRequest::position(requests[i])), hull.lo),
                  static_cast<std::size_t>(GatherRequest::length(requests[i]) * item_));
  }
}

// Where a worker's part of the requests begins: at a chunk's first, where chunks are decoded whole.
std::int64_t GatherReads::start_of(int part, int parts) const {
  std::int64_t i = static_cast<std::int64_t>(static_cast<__int128>(blocks_.count()) * part / parts);
  if (!whole_chunks_ || i == 0) return i;
  const ChunkOrder::Chunk before = blocks_.order().find(GatherRequest::position(blocks_.requests()[i - 1]));
  while (i < blocks_.count() && GatherRequest::position(blocks_.requests()[i]) < before.end) i++;
  return i;
}

void GatherReads::run() {
  const int workers = blocks_.count() < worth_team ? 1 : static_cast<int>(cells_.size());
  const auto part = [&](int worker) {
    stage_.failure.then([&] { read(start_of(worker, workers), start_of(worker + 1, workers), worker); });
    free_scratch();
  };
  stage_.failure.then([&] { blocks_.sort(); });
  if (stage_.failure.any()) return;
  if (workers == 1)
    part(0);
  else
    run_team(workers, part);
}

}  // namespace tessera

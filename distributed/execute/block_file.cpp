#include <tessera/distributed/execute/block_file.hpp>

#include <algorithm>

#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/file_walk.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {

BlockFile::BlockFile(StageRun& stage, const TileOperator& op, std::span<std::byte> memory)
    : stage_(stage),
      op_(op),
      value_(*read_by_blocks(op)),
      store_(*stage.x.plan.source(value_.as<StoredValue>()->source).store()),
      item_(item_size(value_.dtype)),
      chunk_bytes_((product(store_.info().grid.largest()) * item_).value()),
      memory_(memory),
      begin_(op.owners.run_begin(stage.x.comm.rank())),
      end_(op.owners.run_end(stage.x.comm.rank())) {
  std::int64_t elements = 0;
  for (std::int64_t p = begin_; p < end_; p++) {
    const Box block = block_of(value_, op.grid.box(op.owners.at_position(p)));
    region_ = p == begin_ ? block : hull(region_, block);
    elements_.push_back(elements);
    elements += block.size();
  }
  if (elements == 0) return;
  file_.emplace(stage.x.scratch, elements * item_);
  chunks_ = chunks_around(region_);
}

BlockFile::Chunks BlockFile::chunks_around(const Box& box) const {
  Chunks c;
  for (int j = 0; j < box.rank(); j++) {
    const AxisChunks& axis = store_.info().grid.axis(j);
    c.first.push_back(axis.find(box.lo[j]));
    c.counts.push_back(axis.find(box.lo[j] + box.extent[j] - 1) - c.first[j] + 1);
  }
  return c;
}

Box BlockFile::chunk(const Chunks& of, std::int64_t number) const {
  Dims at = of.first;
  for (int j = at.size() - 1; j >= 0; j--) at[j] += number % of.counts[j], number /= of.counts[j];
  return store_.info().grid.box(at);
}

// Calls f(position, block) for the blocks of this rank that may have a part of the chunk.
template <class F>
void BlockFile::for_each_block(const Box& chunk, F&& f) const {
  Dims first = Dims::filled(op_.grid.rank(), 0), counts = op_.grid.counts();
  for (int j = 0; j < chunk.rank(); j++) {
    const auto& a = value_.from_domain.axis(j);
    if (a.from < 0) continue;
    const AxisChunks& axis = op_.grid.axis(a.from);
    const std::int64_t one = (chunk.lo[j] - a.offset) * a.stride,
                       other = (chunk.lo[j] + chunk.extent[j] - 1 - a.offset) * a.stride;
    const std::int64_t lo = std::max<std::int64_t>(0, std::min(one, other)),
                       hi = std::min(axis.extent() - 1, std::max(one, other));
    if (lo > hi) return;
    first[a.from] = axis.find(lo);
    counts[a.from] = axis.find(hi) - first[a.from] + 1;
  }
  for_each_index(counts, [&](const Dims& k) {
    Dims at = first;
    std::int64_t position = 0;
    for (int i = 0; i < at.size(); i++) {
      at[i] += k[i];
      position = position * op_.grid.axis(i).count() + at[i];
    }
    if (position >= begin_ && position < end_) f(position, block_of(value_, op_.grid.box(at)));
  });
}

// Where in the file a part of a block lies: behind those of the chunks before.
std::int64_t BlockFile::offset(std::int64_t position, const Box& block, const Box& part) const {
  std::int64_t before = 0, of_chunks = 1;  // elements; extents of the part on the axes before
  for (int j = 0; j < block.rank(); j++) {
    std::int64_t rest = 1;
    for (int i = j + 1; i < block.rank(); i++) rest *= block.extent[i];
    before += (part.lo[j] - block.lo[j]) * of_chunks * rest;
    of_chunks *= part.extent[j];
  }
  return (elements_[static_cast<std::size_t>(position - begin_)] + before) * item_;
}

void BlockFile::fill(int worker, TraceLane* lane) {
  const auto end = static_cast<std::int64_t>(memory_.size()) / (2 * chunk_bytes_);
  if (!file_ || worker >= end) return;
  std::byte* whole = memory_.data() + worker * 2 * chunk_bytes_;
  const std::int64_t all = num_elements(chunks_.counts);
  for (std::int64_t k = next_++; k < all && !stage_.failure.any(); k = next_++) {
    const TraceSpan span(lane, Activity::read, stage_.traced());
    decode(intersect(chunk(chunks_, k), region_), whole, whole + chunk_bytes_);
  }
}

void BlockFile::decode(const Box& chunk, std::byte* whole, std::byte* piece) {
  bool here = false;
  const Dims strides = row_major_strides(chunk.extent, item_);
  for_each_block(chunk, [&](std::int64_t position, const Box& block) {
    const Box part = intersect(block, chunk);
    if (part.empty()) return;
    if (!here) {
      here = true;
      run_store_code(store_, [&] { store_.read(chunk, whole, strides); });
      stage_.x.counters.bytes_read += run_store_code(store_, [&] { return store_.file_bytes(chunk); });
    }
    std::int64_t first = 0;
    for (int j = 0; j < part.rank(); j++) first += (part.lo[j] - chunk.lo[j]) * strides[j];
    stage_.x.copy(Stream{}, part.extent, item_, {whole + first, strides},
                  {piece, row_major_strides(part.extent, item_)});
    file_->write(offset(position, block, part), piece, part.size() * item_);
    stage_.x.counters.scratch_bytes += part.size() * item_;
  });
}

void BlockFile::begin(std::int64_t position, const HeldBox& to) {
  position_ = position;
  to_ = to;
  next_ = 0;
  if (!to.held.empty()) chunks_ = chunks_around(to.held);
}

void BlockFile::read(TraceLane* lane) {
  if (to_.held.empty()) return;
  const Buffer piece(stage_.x.pool, chunk_bytes_, "a chunk of a block");
  const std::int64_t all = num_elements(chunks_.counts);
  for (std::int64_t k = next_++; k < all && !stage_.failure.any(); k = next_++) {
    const Box part = intersect(chunk(chunks_, k), to_.held);
    const TraceSpan span(lane, Activity::read, stage_.traced(), part.size() * item_);
    file_->read(offset(position_, to_.held, part), piece.data(), part.size() * item_);
    stage_.x.copy(Stream{}, part.extent, item_, {piece.data(), row_major_strides(part.extent, item_)},
                  output_at(to_, part.lo));
  }
}

}  // namespace tessera

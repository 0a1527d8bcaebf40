#include <tessera/distributed/regrid.hpp>

#include <tessera/distributed/ownership.hpp>

namespace tessera {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

// The first i for which offset + stride * i, going up or down, is at or beyond `bound`, among [0, count).
std::int64_t first_beyond(const IndexTransform::Axis& a, std::int64_t count, std::int64_t bound) {
  const std::int64_t i =
      a.stride > 0 ? -floor_div(a.offset - bound, a.stride) : floor_div(a.offset - bound, -a.stride) + 1;
  return std::clamp<std::int64_t>(i, 0, count);
}

// The indices i in [0, count) for which offset + stride * i is in [lo, hi).
std::pair<std::int64_t, std::int64_t> indices_in(const IndexTransform::Axis& a, std::int64_t count, std::int64_t lo,
                                                 std::int64_t hi) {
  if (lo >= hi) return {0, 0};
  return a.stride > 0 ? std::pair{first_beyond(a, count, lo), first_beyond(a, count, hi)}
                      : std::pair{first_beyond(a, count, hi), first_beyond(a, count, lo)};
}

}  // namespace

Box Regrid::elements(const ChunkGrid& grid, const Box& chunks) {
  Box b;
  for (int i = 0; i < grid.rank(); i++) {
    b.lo.push_back(grid.axis(i).bound(chunks.lo[i]));
    b.extent.push_back(grid.axis(i).bound(chunks.lo[i] + chunks.extent[i]) - b.lo[i]);
  }
  return b;
}

std::optional<Box> Regrid::seen(const Box& source) const {
  Box b = Box::whole(map.output());
  for (int j = 0; j < map.input_rank(); j++) {
    const auto& a = map.axis(j);
    const std::int64_t lo = source.lo[j], hi = lo + source.extent[j];
    if (a.from < 0) {
      if (a.offset < lo || a.offset >= hi) return std::nullopt;
      continue;
    }
    const auto [first, end] = indices_in(a, map.output()[a.from], lo, hi);
    b.lo[a.from] = first, b.extent[a.from] = end - first;  // no other axis sees this one
  }
  return b.empty() ? std::nullopt : std::optional(b);
}

Box Regrid::source_chunks(const Box& target) const {
  const Box needed = map.map(target);
  Box chunks;
  for (int j = 0; j < needed.rank(); j++) {
    const AxisChunks& axis = from.grid().axis(j);
    chunks.lo.push_back(axis.find(needed.lo[j]));
    chunks.extent.push_back(axis.find(needed.lo[j] + needed.extent[j] - 1) - chunks.lo[j] + 1);
  }
  return chunks;
}

Regrid::Elements Regrid::receivers_of(int rank) const {
  Elements all;
  if (from.kind() == Distribution::Kind::replicated) {
    if (const std::int64_t n = to.elements(rank); n > 0) all[rank] = n;
    return all;
  }
  for (const Box& chunks : owned_boxes(from, rank)) {
    if (const auto box = seen(elements(from.grid(), chunks)))
      for_each_owner(to, elements_of(to.grid(), *box), [&](int r, std::int64_t n) { all[r] += n; });
  }
  return all;
}

Regrid::Elements Regrid::senders_of(int rank) const {
  if (from.kind() == Distribution::Kind::replicated) return receivers_of(rank);
  Elements all;
  for (const Box& chunks : owned_boxes(to, rank)) {
    const Box box = elements(to.grid(), chunks);
    // In the source's chunks: a product over its axes of how many of the box's indices lie there.
    Counted wanted{source_chunks(box), [&, box](int j, std::int64_t lo, std::int64_t hi) -> std::int64_t {
                     const auto& a = map.axis(j);
                     const AxisChunks& cuts = from.grid().axis(j);
                     if (a.from < 0) return a.offset >= cuts.bound(lo) && a.offset < cuts.bound(hi) ? 1 : 0;
                     const auto [first, end] = indices_in(a, map.output()[a.from], cuts.bound(lo), cuts.bound(hi));
                     const std::int64_t begin = box.lo[a.from], stop = begin + box.extent[a.from];
                     return std::max<std::int64_t>(0, std::min(end, stop) - std::max(first, begin));
                   }};
    for_each_owner(from, wanted, [&](int r, std::int64_t n) { all[r] += n; });
  }
  return all;
}

RegridStream::RegridStream(const Regrid& regrid, int from, int to) : regrid_(&regrid) {
  const std::vector<Box> targets = owned_boxes(regrid.to, to);
  for (const Box& chunks : owned_boxes(regrid.from, from)) {
    const auto seen = regrid.seen(Regrid::elements(regrid.from.grid(), chunks));
    if (!seen) continue;
    for (const Box& t : targets) {
      const Box common = intersect(*seen, Regrid::elements(regrid.to.grid(), t));
      if (!common.empty()) blocks_.push_back({common, intersect(regrid.source_chunks(common), chunks)});
    }
  }
  begin_block();
}

void RegridStream::begin_block() {
  if (over()) return;
  chunk_ = blocks_[block_].chunks.lo;
  if (!settle()) next();
}

// The part of the chunk, if it has one: a slice with steps passes over chunks.
bool RegridStream::settle() {
  const auto seen = regrid_->seen(regrid_->from.grid().box(chunk_));
  if (seen) part_ = intersect(*seen, blocks_[block_].target);
  return seen && !part_.empty();
}

void RegridStream::next() {
  offset_ = 0;
  do {
    const Box& chunks = blocks_[block_].chunks;
    int axis = chunk_.size() - 1;
    while (axis >= 0 && ++chunk_[axis] == chunks.lo[axis] + chunks.extent[axis]) {
      chunk_[axis] = chunks.lo[axis];
      axis--;
    }
    if (axis < 0) {
      block_++;
      if (over()) return;
      chunk_ = blocks_[block_].chunks.lo;
    }
  } while (!settle());
}

}  // namespace tessera

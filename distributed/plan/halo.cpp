#include <tessera/distributed/plan/halo.hpp>

#include <algorithm>

#include <tessera/core/errors.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

bool is_zero(const Dims& d) {
  return std::all_of(d.begin(), d.end(), [](std::int64_t e) { return e == 0; });
}

// What one value needs of another: its halo, and where that is made.
struct Need {
  Dims before, after;
  Box within;
};

// The taps' reach along the axes of the traversal, and the indices of it for which the stencil's input has an element.
Need of_stencil(const TileValue& v, const StencilValue& how, Need need) {
  if (need.before.empty()) need.before = need.after = Dims::filled(need.within.rank(), 0);
  for (int j = 0; j < v.from_domain.input_rank(); j++) {
    const auto& a = v.from_domain.axis(j);
    const std::int64_t before = how.stencil->halo_before(j), after = how.stencil->halo_after(j);
    if (before + after == 0) continue;
    if (a.from < 0) {  // repeated along the traversal: an axis of one index, beyond which the stencil knows what stands
      if (how.source.extent[j] > 1) throw InternalError("a stencil is seen through " + to_string(v.from_domain));
      continue;
    }
    need.before[a.from] += before, need.after[a.from] += after;
    const std::int64_t lo = how.source.lo[j] - a.offset, hi = lo + how.source.extent[j];
    std::int64_t &at = need.within.lo[a.from], &n = need.within.extent[a.from];
    const std::int64_t end = std::min(at + n + after, hi);
    at = std::max(at - before, lo);
    n = std::max<std::int64_t>(0, end - at);
  }
  return need;
}

void take(TileValue& v, const Need& need) {
  if (!need.before.empty() && v.before.empty()) v.before = v.after = Dims::filled(need.before.size(), 0);
  for (int i = 0; i < need.before.size(); i++) {
    v.before[i] = std::max(v.before[i], need.before[i]);
    v.after[i] = std::max(v.after[i], need.after[i]);
  }
  v.within = hull(v.within, need.within);
}

// What is needed of an input that is seen through from_domain.then(in.map).
void take(TileOperator& op, const TileInput& in, const IndexTransform& from_domain, Need need) {
  TileValue& v = op.values[static_cast<std::size_t>(in.value)];
  const int rank = op.grid.rank();
  const auto shift = shift_between(v.from_domain, from_domain.then(in.map), rank);
  if (!shift) throw InternalError("a value of a tile is seen through " + to_string(in.map));
  if (!is_zero(*shift)) {
    if (need.before.empty()) need.before = need.after = Dims::filled(rank, 0);
    for (int i = 0; i < rank; i++) {
      const std::int64_t s = (*shift)[i];
      need.before[i] = std::max<std::int64_t>(0, need.before[i] - s);
      need.after[i] = std::max<std::int64_t>(0, need.after[i] + s);
      need.within.lo[i] += s;
    }
  }
  if (!need.before.empty()) take(v, need);
}

Need of_call(const ChunkCall& call, const Need& need) {
  return call.before.empty() ? need : Need{call.before, call.after, call.source};
}

void spread(TileOperator& op, const TileValue& v) {
  const Need need{v.before, v.after, v.within};
  if (const auto* computed = v.as<ComputedValue>()) {
    for (const auto& in : computed->inputs) take(op, in, v.from_domain, need);
  } else if (const auto* call = v.as<CallValue>()) {
    for (const auto& in : call->inputs) take(op, in, v.from_domain, need);
  } else if (const auto* chunks = v.as<ChunkCallValue>()) {  // has no halo of its own
    for (const auto& in : chunks->inputs) take(op, in, v.from_domain, of_call(chunks->call, need));
  } else if (const auto* stencil = v.as<StencilValue>()) {
    take(op, stencil->input, v.from_domain, of_stencil(v, *stencil, need));
  } else if (const auto* joined = v.as<JoinedValue>()) {
    for (std::size_t k = 0; k < joined->inputs.size(); k++) {
      Need part = need;
      std::int64_t &at = part.within.lo[joined->axis], &n = part.within.extent[joined->axis];
      const std::int64_t end = std::min(at + n, joined->cuts[k + 1]);
      at = std::max(at, joined->cuts[k]);
      n = std::max<std::int64_t>(0, end - at);
      take(op, joined->inputs[k], v.from_domain, part);
    }
  }
}

}  // namespace

std::optional<Dims> shift_between(const IndexTransform& from, const IndexTransform& to, int rank) {
  Dims shift = Dims::filled(rank, 0);
  std::uint32_t known = 0;
  for (int j = 0; j < from.input_rank(); j++) {
    const auto &a = from.axis(j), &b = to.axis(j);
    if (a.from != b.from || a.stride != b.stride) return std::nullopt;
    const std::int64_t apart = b.offset - a.offset;
    if (a.from < 0 || a.stride == 0) {
      if (apart != 0) return std::nullopt;
      continue;
    }
    if (apart % a.stride != 0) return std::nullopt;
    if ((known >> a.from & 1u) != 0 && shift[a.from] != apart / a.stride) return std::nullopt;
    shift[a.from] = apart / a.stride, known |= 1u << a.from;
  }
  return shift;
}

void spread_halos(TileOperator& op) {
  const IndexTransform identity = IndexTransform::identity(op.grid.shape());
  const Need whole{{}, {}, Box::whole(op.grid.shape())};
  for (const auto& o : op.outputs)
    for (const auto& in : o.inputs) take(op, in, identity, o.call() ? of_call(*o.call(), whole) : whole);
  for (auto v = op.values.rbegin(); v != op.values.rend(); ++v)
    spread(op, *v);  // what is made of others comes after them
  if (!has_halos(op)) return;
  for (auto& v : op.values)
    if (auto* joined = std::get_if<JoinedValue>(&v.how)) joined->one_part = joined->one_part && !v.has_halo();
}

bool has_halos(const TileOperator& op) {
  return std::any_of(op.values.begin(), op.values.end(), [](const TileValue& v) { return v.has_halo(); });
}

Box reach(const TileValue& v, const Box& tile) {
  if (!v.has_halo() || tile.empty()) return intersect(tile, v.within);
  Box wide = tile;
  for (int i = 0; i < wide.rank(); i++) {
    wide.lo[i] -= v.before[i];
    wide.extent[i] += v.before[i] + v.after[i];
  }
  return intersect(wide, v.within);
}

Dims reach_extent(const TileValue& v, const Dims& tile) {
  Dims e = tile;
  if (v.has_halo() && product(tile) > 0)
    for (int i = 0; i < e.size(); i++) e[i] += v.before[i] + v.after[i];
  return v.has_halo() || v.is_part() ? clipped(v, e) : e;
}

Reaches::Reaches(const TileValue& v, const AxisChunks& chunks, int axis, std::int64_t extent)
    : chunks_(chunks),
      extent_(std::max<std::int64_t>(1, extent)),
      lo_(v.within.lo[axis]),
      hi_(lo_ + v.within.extent[axis]),
      begin_(lo_),
      end_(hi_) {
  if (!v.has_halo()) return;
  before_ = v.before[axis], after_ = v.after[axis];
  // Whole boxes: the first one whose reach meets, and the last one.
  begin_ = std::clamp<std::int64_t>(lo_ - after_, 0, chunks.extent());
  end_ = std::clamp<std::int64_t>(hi_ + before_, begin_, chunks.extent());
  if (lo_ == hi_) end_ = begin_;
  if (begin_ == end_) return;
  const std::int64_t first = chunks.bound(chunks.find(begin_));
  begin_ = first + (begin_ - first) / extent_ * extent_;
  end_ = next_bound(end_ - 1);
}

std::int64_t Reaches::next_bound(std::int64_t at) const {
  const std::int64_t k = chunks_.find(at), b = chunks_.bound(k);
  const std::int64_t next = std::min(b + ((at - b) / extent_ + 1) * extent_, chunks_.bound(k + 1));
  return before_ + after_ == 0 ? std::min(next, hi_) : next;
}

std::int64_t Reaches::count() const { return tiles_touching(chunks_, extent_, begin_, end_); }

Amount Reaches::elements() const {
  const std::int64_t halo = before_ + after_;
  Amount sum = Amount(end_ - begin_);
  if (halo == 0) return sum;
  sum += Amount(count()) * halo;
  // What the first and the last ones would reach beyond where the value is made.
  std::int64_t beyond = 0;
  for (std::int64_t at = begin_; at < end_ && at - before_ < lo_; at = next_bound(at)) beyond += lo_ - (at - before_);
  for (std::int64_t end = end_; end > begin_ && end + after_ > hi_;) {
    beyond += end + after_ - hi_;
    const std::int64_t b = chunks_.bound(chunks_.find(end - 1));
    end = b + (end - 1 - b) / extent_ * extent_;
  }
  return Amount(sum.value() - beyond);
}

}  // namespace tessera

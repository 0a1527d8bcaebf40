#include <tessera/distributed/distribution.hpp>

#include <algorithm>

namespace tessera {
namespace {

Dims row_major(int rank) {
  Dims order;
  for (int i = 0; i < rank; i++) order.push_back(i);
  return order;
}

std::shared_ptr<const std::vector<std::int64_t>> even_starts(std::int64_t count, int ranks) {
  std::vector<std::int64_t> starts;
  for (int r = 0; r <= ranks; r++)
    starts.push_back(static_cast<std::int64_t>(static_cast<__int128>(count) * r / ranks));
  return std::make_shared<const std::vector<std::int64_t>>(std::move(starts));
}

// Chunk coordinates of a view that lie in the box [lo, lo + extent) of those of what it is a view of. Along an axis a view
// sees chunks in their order, or from the last on, so both ends are found by halving: a rank with few chunks does not look
// at all of them, which for 10^5 ranks would take minutes.
Box seen_in(const ChunkGrid& view, const IndexTransform& transform, const ChunkGrid& base, const Box& chunks) {
  Box seen{Dims::filled(view.rank(), 0), view.counts()};
  for (int j = 0; j < transform.input_rank(); j++) {
    const IndexTransform::Axis& a = transform.axis(j);
    const std::int64_t lo = chunks.lo[j], hi = lo + chunks.extent[j];
    if (a.from < 0) {
      const std::int64_t at = base.axis(j).find(a.offset);
      if (at < lo || at >= hi) return {seen.lo, Dims::filled(view.rank(), 0)};
      continue;
    }
    // The first chunk of the view from which on chunks of the base are `from` or later (earlier, where it goes backwards).
    const auto first = [&](std::int64_t from) {
      std::int64_t before = 0, behind = view.axis(a.from).count();
      while (before < behind) {
        const std::int64_t k = (before + behind) / 2;
        const std::int64_t at = base.axis(j).find(a.offset + a.stride * view.axis(a.from).bound(k));
        if (a.stride < 0 ? at < from : at >= from)
          behind = k;
        else
          before = k + 1;
      }
      return before;
    };
    const std::int64_t begin = std::max(seen.lo[a.from], first(a.stride < 0 ? hi : lo)),
                       end = std::min(seen.lo[a.from] + seen.extent[a.from], first(a.stride < 0 ? lo : hi));
    seen.lo[a.from] = begin, seen.extent[a.from] = std::max<std::int64_t>(0, end - begin);
  }
  return seen;
}

}  // namespace

bool Distribution::operator==(const Distribution& o) const {
  const auto same = [](const auto& a, const auto& b) { return a == b || (a && b && *a == *b); };  // shared as a rule
  return kind_ == o.kind_ && ranks_ == o.ranks_ && grid_ == o.grid_ && order_ == o.order_ && same(starts_, o.starts_) &&
         same(owners_, o.owners_) && same(base_, o.base_) && transform_ == o.transform_;
}

void add(Key& key, const Distribution& d) {
  key.add(d.kind_).add(d.ranks_).add(d.grid_).add(d.transform_);
  for (const auto axis : d.order_) key.add(axis);
  key.add(d.starts_ ? d.starts_->size() : 0);
  if (d.starts_)
    for (const auto s : *d.starts_) key.add(s);
  if (d.owners_)
    for (const auto o : *d.owners_) key.add(o);
  if (d.base_) add(key, *d.base_);
}

Distribution Distribution::blocks(const ChunkGrid& grid, int ranks) {
  return blocks(grid, ranks, row_major(grid.rank()));
}

Distribution Distribution::blocks(const ChunkGrid& grid, int ranks, const Dims& order) {
  Distribution d;
  d.kind_ = Kind::blocks;
  d.ranks_ = ranks;
  d.grid_ = grid;
  d.order_ = order;
  d.starts_ = even_starts(grid.count(), ranks);
  return d;
}

Distribution Distribution::blocks(const ChunkGrid& grid, std::vector<std::int64_t> starts) {
  return blocks(grid, std::move(starts), row_major(grid.rank()));
}

Distribution Distribution::blocks(const ChunkGrid& grid, std::vector<std::int64_t> starts, const Dims& order) {
  Distribution d;
  d.kind_ = Kind::blocks;
  d.ranks_ = static_cast<int>(starts.size()) - 1;
  d.grid_ = grid;
  d.order_ = order;
  d.starts_ = std::make_shared<const std::vector<std::int64_t>>(std::move(starts));
  return d;
}

Distribution Distribution::replicated(const ChunkGrid& grid, int ranks) {
  Distribution d;
  d.ranks_ = ranks;
  d.grid_ = grid;
  d.order_ = row_major(grid.rank());
  return d;
}

Distribution Distribution::table(const ChunkGrid& grid, int ranks, std::vector<int> owners) {
  Distribution d;
  d.kind_ = Kind::table;
  d.ranks_ = ranks;
  d.grid_ = grid;
  d.order_ = row_major(grid.rank());
  d.owners_ = std::make_shared<const std::vector<int>>(std::move(owners));
  return d;
}

Distribution Distribution::through(const ChunkGrid& view, const IndexTransform& transform, const Distribution& base) {
  if (base.grid_ == view && transform.is_identity(base.grid_.shape())) return base;
  if (base.kind_ == Kind::replicated) return replicated(view, base.ranks_);
  // A view's chunk that lies in one chunk of a view lies in one chunk of what that is a view of: a thousand results,
  // each where the last one lies, are one step from the first.
  if (base.kind_ == Kind::through) return through(view, transform.then(base.transform_), *base.base_);
  Distribution d;
  d.kind_ = Kind::through;
  d.ranks_ = base.ranks_;
  d.grid_ = view;
  d.order_ = row_major(view.rank());
  d.base_ = std::make_shared<const Distribution>(base);
  d.transform_ = transform;
  return d;
}

bool Distribution::is_row_major() const { return order_ == row_major(grid_.rank()); }

int Distribution::owner(const Dims& at) const {
  switch (kind_) {
    case Kind::blocks:
      return static_cast<int>(std::upper_bound(starts_->begin(), starts_->end(), position(at)) - starts_->begin()) - 1;
    case Kind::replicated:
      return 0;
    case Kind::table:
      return (*owners_)[grid_.linear(at)];
    case Kind::through:
      break;
  }
  Dims first, base_at;
  for (int i = 0; i < grid_.rank(); i++) first.push_back(grid_.axis(i).bound(at[i]));
  const Dims index = transform_.map(first);
  for (int j = 0; j < index.size(); j++) base_at.push_back(base_->grid_.axis(j).find(index[j]));
  return base_->owner(base_at);
}

Dims Distribution::at_position(std::int64_t p) const {
  Dims at = Dims::filled(grid_.rank(), 0);
  for (int k = order_.size() - 1; k >= 0; k--) {
    const int axis = static_cast<int>(order_[k]);
    const std::int64_t n = grid_.axis(axis).count();
    at[axis] = p % n;
    p /= n;
  }
  return at;
}

std::int64_t Distribution::position(const Dims& at) const {
  std::int64_t p = 0;
  for (auto axis : order_) p = p * grid_.axis(static_cast<int>(axis)).count() + at[static_cast<int>(axis)];
  return p;
}

std::int64_t Distribution::elements(int rank) const {
  if (kind_ == Kind::replicated) return num_elements(grid_.shape());
  if (kind_ == Kind::blocks) {  // a run of the row-major order of the grid whose axes stand in our order
    std::vector<AxisChunks> axes;
    for (auto axis : order_) axes.push_back(grid_.axis(static_cast<int>(axis)));
    const ChunkGrid ordered(std::move(axes));
    return ordered.elements_before(run_end(rank)) - ordered.elements_before(run_begin(rank));
  }
  std::int64_t n = 0;
  for_each_owned(rank, [&](const Dims& at) { n += grid_.box(at).size(); });
  return n;
}

std::int64_t Distribution::most_elements() const {
  if (kind_ == Kind::replicated) return num_elements(grid_.shape());
  std::int64_t most = 0;
  if (kind_ == Kind::blocks) {
    for (int r = 0; r < ranks_; r++) most = std::max(most, elements(r));
    return most;
  }
  std::vector<std::int64_t> n(static_cast<std::size_t>(ranks_));
  for_each_index(grid_.counts(), [&](const Dims& at) { n[owner(at)] += grid_.box(at).size(); });
  for (auto e : n) most = std::max(most, e);
  return most;
}

Box Distribution::hull(int rank) const {
  Box h{Dims::filled(grid_.rank(), 0), grid_.counts()};
  if (kind_ == Kind::replicated) return h;
  if (kind_ == Kind::blocks) {
    const std::int64_t a = run_begin(rank), b = run_end(rank);
    if (a == b) return {Dims::filled(grid_.rank(), 0), Dims::filled(grid_.rank(), 0)};
    const Dims first = at_position(a), last = at_position(b - 1);
    // In the order of the axes: equal coordinates up to the first that differs, whole axes after it.
    for (auto axis : order_) {
      const int i = static_cast<int>(axis);
      h.lo[i] = first[i];
      h.extent[i] = last[i] - first[i] + 1;
      if (first[i] != last[i]) break;
    }
    return h;
  }
  bool any = false;
  Dims lo = Dims::filled(grid_.rank(), 0), hi = lo;
  const auto add = [&](const Dims& at) {
    for (int i = 0; i < at.size(); i++) {
      lo[i] = any ? std::min(lo[i], at[i]) : at[i];
      hi[i] = any ? std::max(hi[i], at[i] + 1) : at[i] + 1;
    }
    any = true;
  };
  if (kind_ == Kind::through && base_->kind_ == Kind::blocks) {
    const Box seen = seen_in(grid_, transform_, base_->grid_, base_->hull(rank));
    for_each_index(seen.extent, [&](Dims at) {
      for (int i = 0; i < at.size(); i++) at[i] += seen.lo[i];
      if (owner(at) == rank) add(at);
    });
  } else {
    for_each_owned(rank, add);
  }
  for (int i = 0; i < lo.size(); i++) hi[i] -= lo[i];
  return {lo, any ? hi : Dims::filled(grid_.rank(), 0)};
}

std::string to_string(const Distribution& d) {
  switch (d.kind()) {
    case Distribution::Kind::replicated:
      return "on every rank";
    case Distribution::Kind::table:
      return "as the host has it";
    case Distribution::Kind::through:
      return "where the source's chunks are";
    case Distribution::Kind::blocks:
      break;
  }
  return "in runs of " + std::string(d.is_row_major() ? "row-major order" : "axes " + to_string(d.order()));
}

}  // namespace tessera

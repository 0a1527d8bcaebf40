#include <tessera/distributed/ownership.hpp>

#include <algorithm>
#include <map>

namespace tessera {
namespace {

std::int64_t whole(const Counted& what) {
  std::int64_t n = 1;
  for (int i = 0; i < what.chunks.rank(); i++)
    n *= what.along(i, what.chunks.lo[i], what.chunks.lo[i] + what.chunks.extent[i]);
  return n;
}

// What is counted in the chunks before `position`, in the order of the owners: axis by axis, what has the coordinates
// of the chunk there up to an axis, and a smaller one on it.
std::int64_t before(const Distribution& owners, const Counted& what, std::int64_t position) {
  if (position >= owners.grid().count()) return whole(what);
  const Dims at = owners.at_position(position);
  const auto& order = owners.order();
  std::int64_t sum = 0, equal = 1;
  for (int k = 0; k < order.size() && equal > 0; k++) {
    const int axis = static_cast<int>(order[k]);
    const std::int64_t lo = what.chunks.lo[axis], hi = lo + what.chunks.extent[axis], c = at[axis];
    std::int64_t smaller = equal * what.along(axis, lo, std::clamp(c, lo, hi));
    for (int j = k + 1; j < order.size() && smaller > 0; j++) {
      const int later = static_cast<int>(order[j]);
      smaller *= what.along(later, what.chunks.lo[later], what.chunks.lo[later] + what.chunks.extent[later]);
    }
    sum += smaller;
    equal = c < lo || c >= hi ? 0 : equal * what.along(axis, c, c + 1);
  }
  return sum;
}

int owner_at(const Distribution& owners, std::int64_t position) {
  const auto& starts = owners.starts();
  return static_cast<int>(std::upper_bound(starts.begin(), starts.end(), position) - starts.begin()) - 1;
}

template <class F>
void for_each_chunk(const Counted& what, F&& f) {
  for_each_index(what.chunks.extent, [&](const Dims& at) {
    Dims c = at;
    std::int64_t n = 1;
    for (int i = 0; i < c.size(); i++) {
      c[i] += what.chunks.lo[i];
      n *= what.along(i, c[i], c[i] + 1);
    }
    f(c, n);
  });
}

}  // namespace

Counted elements_of(const ChunkGrid& grid, const Box& box) {
  Counted c;
  for (int i = 0; i < grid.rank(); i++) {
    c.chunks.lo.push_back(grid.axis(i).find(box.lo[i]));
    c.chunks.extent.push_back(grid.axis(i).find(box.lo[i] + box.extent[i] - 1) - c.chunks.lo[i] + 1);
  }
  c.along = [grid, box](int axis, std::int64_t from, std::int64_t to) {
    const std::int64_t lo = box.lo[axis], hi = lo + box.extent[axis];
    const AxisChunks& chunks = grid.axis(axis);
    return std::clamp(chunks.bound(to), lo, hi) - std::clamp(chunks.bound(from), lo, hi);
  };
  return c;
}

void for_each_owner(const Distribution& owners, const Counted& what, const std::function<void(int, std::int64_t)>& f) {
  if (what.chunks.empty()) return;
  if (owners.kind() != Distribution::Kind::blocks) {
    std::map<int, std::int64_t> counts;
    for_each_chunk(what, [&](const Dims& c, std::int64_t n) { counts[owners.owner(c)] += n; });
    for (const auto& [rank, n] : counts)
      if (n > 0) f(rank, n);
    return;
  }
  Dims end = what.chunks.lo;
  for (int i = 0; i < end.size(); i++) end[i] += what.chunks.extent[i] - 1;
  int rank = owner_at(owners, owners.position(what.chunks.lo));
  const int last = owner_at(owners, owners.position(end));
  std::int64_t counted = 0;
  const auto up_to = [&](int r) { return r == last ? whole(what) : before(owners, what, owners.run_end(r)); };
  while (rank <= last) {
    const std::int64_t now = up_to(rank);
    if (now > counted) {
      f(rank, now - counted);
      counted = now;
      rank++;
      continue;
    }
    // Of the ranks that follow, many may have nothing: those that do are found by halving.
    int low = rank + 1, high = last;
    while (low < high) {
      const int middle = low + (high - low) / 2;
      if (up_to(middle) > counted)
        high = middle;
      else
        low = middle + 1;
    }
    rank = low;
  }
}

std::int64_t owned_by(const Distribution& owners, int rank, const Counted& what) {
  if (what.chunks.empty()) return 0;
  if (owners.kind() == Distribution::Kind::blocks)
    return before(owners, what, owners.run_end(rank)) - before(owners, what, owners.run_begin(rank));
  std::int64_t sum = 0;
  for_each_chunk(what, [&](const Dims& c, std::int64_t n) { sum += owners.owner(c) == rank ? n : 0; });
  return sum;
}

}  // namespace tessera

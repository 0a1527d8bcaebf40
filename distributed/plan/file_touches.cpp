#include <tessera/distributed/plan/file_touches.hpp>

#include <algorithm>
#include <cstdlib>

#include <tessera/distributed/plan/file_walk.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

constexpr std::int64_t most_counted = 4096;  // boxes of an axis: a plan shall take no time

// Along one axis of the dataset.
FileTouches touches_along(const AxisChunks& held, const IndexTransform::Axis& a, const Reaches& boxes) {
  if (boxes.count() == 0) return {0, 0};
  const std::int64_t n = boxes.end() - boxes.begin();
  if (boxes.count() > most_counted) {
    const auto chunks = static_cast<double>(held.sliced(a.offset + a.stride * boxes.begin(), a.stride, n).count());
    return {chunks, std::max(chunks, static_cast<double>(boxes.count()))};
  }
  std::int64_t chunks = 0, touches = 0, last_first = -1, last_last = -1;
  boxes.for_each([&](std::int64_t lo, std::int64_t hi) {
    const std::int64_t one = held.find(a.offset + a.stride * lo), other = held.find(a.offset + a.stride * (hi - 1));
    const std::int64_t first = std::min(one, other), last = std::max(one, other);
    touches += last - first + 1;
    // Boxes go one way, so what two of them share lies at the end of the one before.
    std::int64_t shared = 0;
    if (last_first >= 0)
      shared = std::max<std::int64_t>(0, std::min(last, last_last) - std::max(first, last_first) + 1);
    chunks += last - first + 1 - shared;
    last_first = first, last_last = last;
  });
  return {static_cast<double>(chunks), static_cast<double>(touches)};
}

// By the ranks, each of which decodes a chunk once for all of its blocks.
double touches_of_ranks(const Plan& plan, const TileOperator& op, const TileValue& v) {
  constexpr int most_ranks = 256;
  const ChunkGrid& held = plan.source(v.as<StoredValue>()->source).store()->info().grid;
  const int ranks = std::min(plan.limits.ranks, most_ranks);
  double touches = 0;
  for (int r = 0; r < ranks; r++) {
    const Box box = needed_box(op, v, r);
    if (box.empty()) continue;
    double chunks = 1;
    for (int j = 0; j < box.rank(); j++)
      chunks *=
          static_cast<double>(held.axis(j).find(box.lo[j] + box.extent[j] - 1) - held.axis(j).find(box.lo[j]) + 1);
    touches += chunks;
  }
  return touches * plan.limits.ranks / ranks;
}

}  // namespace

FileTouches file_touches(const Plan& plan, const TileOperator& op, const TileValue& v) {
  const auto& stored = *v.as<StoredValue>();
  const StoreInfo& info = plan.source(stored.source).store()->info();
  const auto cuts = [&](int axis) {
    return Reaches(v, op.grid.axis(axis), axis, stored.by_block ? op.grid.axis(axis).longest() : op.tile[axis]);
  };
  FileTouches all;
  Dims used = Dims::filled(op.grid.rank(), 0);
  for (int j = 0; j < v.from_domain.input_rank(); j++) {
    const auto& a = v.from_domain.axis(j);
    if (a.from < 0) continue;
    used[a.from] = 1;
    const FileTouches along = touches_along(info.grid.axis(j), a, cuts(a.from));
    all.chunks *= along.chunks, all.touches *= along.touches;
  }
  for (int i = 0; i < used.size(); i++)
    if (!used[i]) all.touches *= static_cast<double>(cuts(i).count());
  if (walks_through_scratch(plan, op)) all.touches = std::min(all.touches, touches_of_ranks(plan, op, v));
  return all;
}

double decodings(const Plan& plan, const TileOperator& op, const TileValue& v) {
  const auto* stored = v.as<StoredValue>();
  if (!stored || plan.source(stored->source).store()->info().filters.empty()) return 0;
  const FileTouches t = file_touches(plan, op, v);
  return t.chunks > 0 ? t.touches / t.chunks : 0;
}

}  // namespace tessera

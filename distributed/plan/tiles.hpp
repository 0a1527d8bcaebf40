#pragma once
// How the traversal is cut into tiles, and what they take: pure arithmetic on extents.
#include <algorithm>
#include <functional>
#include <vector>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// The product of extents; 1 of none.
inline Amount product(const Dims& extents) {
  Amount n = 1;
  for (auto e : extents) n *= e;
  return n;
}
/// Elements of the box of `value` that a domain box of these extents needs, per axis of the value's index space.
Dims value_extent(const IndexTransform& from_domain, const Dims& domain_extent);
/// The smallest box around both; of an empty one nothing. Both have one rank.
Box hull(const Box& a, const Box& b);
/// What an allocation of `bytes` takes of a space.
Amount rounded(const PlanLimits& limits, Space space, Amount bytes);
/// The same of host memory.
Amount rounded(Amount bytes);
/// What an operator that walks tiles asks of them, beside what they hold.
struct TileNeeds {
  Dims unit;                                                    ///< tiles are cut at multiples of it within a chunk
  std::function<Amount(const Dims& tile, int workers)> beside;  ///< bytes of the host's memory that it takes, too
  bool blocks = false;                                          ///< it can walk blocks
  std::uint32_t single = 0;                                     ///< bit i: a tile has one index on axis i
  std::function<Amount(const Dims& tile)> held{};  ///< what it holds besides, which counts when its size is chosen
};
/// fit of a tile operator for another operator that has it.
std::optional<SpaceBytes> fit_tiles(const Plan& plan, TileOperator& op, const SpaceBytes& available,
                                    const TileNeeds& needs);
/// Tiles of this size, and what they take; what count_beside_tiles counts must have been.
void take_tiles(const Plan& plan, TileOperator& op, const Dims& tile, int workers);
/// What the operator takes whatever its tiles are: what is fetched, messages that bring it, writers.
void count_beside_tiles(const Plan& plan, TileOperator& op);
/// What a tile of these extents holds, without what a store needs for reading it.
Amount held_bytes(const Plan& plan, const TileOperator& op, const Dims& tile);
/// Calls f(cost) for every dataset that is written.
template <class F>
void for_each_write(const Plan& plan, const TileOperator& op, const F& f) {
  for (const auto& o : op.outputs)
    for (int sink : o.writes) f(plan.sink(sink).cost);
}
/// Calls f(rank) for every rank that walks a chunk, in order; where there are fewer chunks than ranks without a look at the others.
template <class F>
void for_each_walking(const TileOperator& op, F&& f) {
  const Distribution& owners = op.owners;
  if (!owners.has_runs() || owners.kind() == Distribution::Kind::replicated || op.grid.count() >= owners.ranks()) {
    for (int r = 0; r < owners.ranks(); r++) f(r);
    return;
  }
  for (std::int64_t position = 0; position < op.grid.count();) {
    const int rank = owners.owner(owners.at_position(position));
    f(rank);
    position = owners.run_end(rank);
  }
}
/// Bytes of buffers that one worker needs for a tile of these extents, and for what it reads of a block.
SpaceBytes tile_buffer_bytes(const Plan& plan, const TileOperator& op, const Dims& tile);
/// Bytes of pinned memory that the values of a device's tile pass through one after another, and that each output does; 0 where
/// nothing passes.
struct StagingBytes {
  Amount sent{};
  std::vector<Amount> brought{};  ///< by output

  bool any() const {
    return sent > 0 || std::any_of(brought.begin(), brought.end(), [](const Amount& of) { return of > 0; });
  }
};
StagingBytes staging_bytes(const TileOperator& op, const Dims& tile);
/// Bytes that go to the devices of all ranks and come back, at most: states of a ragged tile are fewer.
struct CrossingBytes {
  Amount sent{}, brought{};
};
CrossingBytes crossing_bytes(const TileOperator& op);
/// Tiles of extent `tile` along an axis: every chunk is cut on its own.
std::int64_t tiles_along(const AxisChunks& axis, std::int64_t tile);

}  // namespace tessera

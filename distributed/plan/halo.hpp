#pragma once
// Halos: what a tile needs of a value beyond itself, because stencils are made of it, or because it is seen through several
// views that lie close together. A value's halo is that of what it is made for, and what a stencil reaches beyond that: of
// s(s(x)) with taps at distance 1 the inner s has a halo of 1 and x of 2. It ends where the array ends that the stencil sees.
//   y = x[:-1] + x[1:]: x is one value, seen by the traversal as x[:-1] is; x[1:] is a *shift* of 1 from there, so the halo
//   of x is 1 after the tile.
#include <optional>

#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

/// Gives the values of an operator their halos and where they are made; after all values and outputs are known.
void spread_halos(TileOperator& op);
/// True when some value has a halo.
bool has_halos(const TileOperator& op);
/// How far, along each axis of a traversal of `rank` axes, the indices lie from one another at which both have the same
/// element: `to` has at t what `from` has at t + shift. Nothing where they differ in more than that.
TESSERA_API std::optional<Dims> shift_between(const IndexTransform& from, const IndexTransform& to, int rank);
/// The elements that a box of the traversal needs of a value, in the traversal's index space.
TESSERA_API Box reach(const TileValue& value, const Box& tile);
/// Their extents at most, for a box of these extents; 0 where that has none.
Dims reach_extent(const TileValue& value, const Dims& tile);

/// Boxes along an axis: every chunk cut on its own into pieces of `extent`; of these the ones whose reach meets where the
/// value is made.
class Reaches {
 public:
  Reaches(const TileValue& value, const AxisChunks& chunks, int axis, std::int64_t extent);
  std::int64_t count() const;
  /// What they reach together; what several reach counts for each.
  Amount elements() const;
  /// f(begin, end) for what each reaches, ascending.
  template <class F>
  void for_each(const F& f) const {
    for (std::int64_t at = begin_; at < end_;) {
      const std::int64_t next = next_bound(at);
      f(lowest(at), highest(next));
      at = next;
    }
  }
  /// The indices that are reached.
  std::int64_t begin() const { return lowest(begin_); }
  std::int64_t end() const { return highest(end_); }

 private:
  std::int64_t next_bound(std::int64_t at) const;
  std::int64_t lowest(std::int64_t tile_begin) const { return std::max(lo_, tile_begin - before_); }
  std::int64_t highest(std::int64_t tile_end) const { return std::min(hi_, tile_end + after_); }

  const AxisChunks& chunks_;
  std::int64_t extent_, before_ = 0, after_ = 0;
  std::int64_t lo_, hi_;          // where the value is made
  std::int64_t begin_, end_ = 0;  // of the boxes' own indices
};

}  // namespace tessera

#pragma once
// What of a box each rank owns: counted from the geometry, in time that grows with the ranks that have some of it and
// not with the chunks, where ranks own runs of chunks.
//   10 x 10 elements in chunks of 5 x 5 on 2 ranks in row-major runs: of rows [3, 7) rank 0 has 20 elements, rank 1 20.
#include <functional>

#include <tessera/distributed/distribution.hpp>

namespace tessera {

/// A box of chunks, [lo, lo + extent) on every axis, and what is counted in it: a product of what `along(axis, from,
/// to)` counts in the chunks [from, to) of each axis, all of them inside the box.
struct Counted {
  Box chunks;
  std::function<std::int64_t(int axis, std::int64_t from, std::int64_t to)> along;
};
/// The elements of `box`, which must not be empty.
Counted elements_of(const ChunkGrid& grid, const Box& box);

/// Calls f(rank, count) for every rank that owns something of what is counted, in ascending order. Not for replicated
/// arrays.
void for_each_owner(const Distribution& owners, const Counted& what, const std::function<void(int, std::int64_t)>& f);
/// What `rank` owns of it.
std::int64_t owned_by(const Distribution& owners, int rank, const Counted& what);

}  // namespace tessera

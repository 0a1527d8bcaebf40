#pragma once
// Calls of a function of chunks: one for each chunk of a *domain*, the grid that is walked. Axes of the inputs and of the
// result are axes of the domain, or their own. Of the product "ij,jk->ik" the domain has the axes i, j, k; the first input
// sees {0, 1}, the second {1, 2}, the result is made from {0, 2}, and j is one chunk.
#include <memory>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/kernel/user_function.hpp>

namespace tessera {

struct ChunkCall {
  std::shared_ptr<const ChunkFunction> function;
  ChunkGrid domain, result;
  /// Of each input: the axis of the domain that each of its axes is; -1: of length 1, the same for all chunks.
  std::vector<Dims> seen;
  /// Of each axis of the result: the axis of the domain whose chunks have the same numbers; -1: one chunk.
  Dims made_from;
  /// Bit i: a call sees axis i of a chunk whole. Along the others the result has the domain's chunks, and a call makes any
  /// part of one.
  std::uint32_t whole = 0;
  /// How far calls see beyond a chunk, along the axes of the domain, and where inputs have elements; `before` is empty where
  /// they see chunks alone.
  Dims before{}, after{};
  Box source{};

  bool is_whole(int axis) const { return whole >> axis & 1u; }
  /// True when the result has the domain's chunks and index space.
  bool keeps_chunks() const;
  /// Numbers of the result's chunk that a call for a chunk of the domain makes.
  Dims result_chunk(const Dims& chunk) const;
  /// The chunk of the domain that makes a chunk of the result.
  Dims domain_chunk(const Dims& chunk) const;
  /// What the call for a part of a chunk makes, in the result.
  Box made(const Dims& chunk, const Box& part) const;
  /// At most, for parts of these extents.
  Dims made_extent(const Dims& part) const;
  /// What it sees of the inputs, in the domain's index space.
  Box seen_around(const Box& part) const;
};

/// All but the code.
void add(Key& key, const ChunkCall& call);

}  // namespace tessera

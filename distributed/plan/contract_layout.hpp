#pragma once
// Which rank makes what of a product: a box of chunks of C, from some segments of k. Ranks are dealt out by COSMA's rule
// (Kwasniewski et al., 2019): of their number, factor by factor, the largest one first, each to the dimension that is
// longest then, because what must be moved is the faces of the box m x n x k of each rank. A stack is dealt out first, for
// nothing moves between matrices.
//   8192 x 8192 by 8192 x 8192 on 6 ranks: m in three parts, n in two
//   100 x 10^6 by 10^6 x 100 on 4 ranks: the segments of k in four parts
#include <utility>

#include <tessera/distributed/distribution.hpp>

namespace tessera {

/// What one rank makes: chunks of C, in chunk coordinates, from the segments [first, last) of k. Empty boxes where it makes
/// nothing.
struct ContractPart {
  Box chunks;
  std::int64_t first = 0, last = 0;
};

class ContractLayout {
 public:
  ContractLayout() = default;
  ContractLayout(ChunkGrid c, AxisChunks segments, int ranks);

  const ChunkGrid& grid() const { return grid_; }
  const AxisChunks& segments() const { return segments_; }
  int ranks() const { return ranks_; }
  /// Ranks along each axis of C.
  const Dims& parts() const { return parts_; }
  /// Ranks that share the sums of one box of C; the first of them owns it, and the others follow.
  int depth() const { return depth_; }
  ContractPart part(int rank) const;
  /// The rank that owns what `rank` adds to.
  int owner_of(int rank) const { return rank / depth_ * depth_; }
  /// Of C.
  Distribution owners() const;

 private:
  bool deal(int factor);

  ChunkGrid grid_;
  AxisChunks segments_;
  int ranks_ = 1;
  Dims parts_;
  int depth_ = 1;
};

/// Part k of n things in even parts: [k n / parts, (k + 1) n / parts).
constexpr std::pair<std::int64_t, std::int64_t> even_range(std::int64_t n, std::int64_t k, std::int64_t parts) {
  const auto bound = [&](std::int64_t i) { return static_cast<std::int64_t>(static_cast<__int128>(n) * i / parts); };
  return {bound(k), bound(k + 1)};
}

}  // namespace tessera

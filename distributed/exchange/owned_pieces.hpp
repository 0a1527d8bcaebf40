#pragma once
// The elements of a box that one rank owns, as a stream: chunk by chunk in row-major order, each in row-major order.
// Whoever sends and whoever receives walk the same stream, so that no places travel. Takes memory for no chunk.
#include <algorithm>

#include <tessera/core/box_run.hpp>
#include <tessera/distributed/distribution.hpp>

namespace tessera {

class OwnedPieces {
 public:
  /// `held`: the chunks among which all of the rank's are (Distribution::hull).
  OwnedPieces(const Distribution& owners, int rank, const Box& held, const Box& box);
  /// Calls f(chunk, part) for the next `elements` elements: boxes, each inside a chunk, in order.
  template <class F>
  void take(std::int64_t elements, F&& f) {
    while (elements > 0) {
      const std::int64_t n = std::min(elements, piece_.size() - offset_);
      for_each_box_of_run(piece_, offset_, n, [&](const Box& part) { f(static_cast<const Dims&>(chunk_), part); });
      elements -= n;
      if ((offset_ += n) == piece_.size()) next();
    }
  }

 private:
  void step();
  void settle();
  void next();

  const Distribution& owners_;
  int rank_;
  Box box_, chunks_;  // chunks_: where the rank's chunks that touch the box may be
  Dims chunk_;
  Box piece_;
  std::int64_t offset_ = 0;
  bool over_ = false;
};

}  // namespace tessera

#pragma once
// Regrid: what goes from rank to rank when an array gets other chunks, or other owners, from the geometry alone. A rank
// has a few boxes of chunks on either side (owned_boxes.hpp); what it sends is what these have in common with the boxes
// of others. Whom it sends something, and how much, takes time that grows with the number of those, and not with ranks
// or chunks (but for owners in a table, who are asked for chunk by chunk).
//
//   8 rows x 8 columns, from chunks of 2 rows to chunks of 2 columns on 4 ranks: each rank has 2 x 2 elements for each.
//
// Everything is said in indices of the target; `map` leads from there to the source, and sees no element twice.
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <tessera/core/box_run.hpp>
#include <tessera/core/index_transform.hpp>
#include <tessera/distributed/distribution.hpp>
#include <tessera/distributed/owned_boxes.hpp>

namespace tessera {

struct Regrid {
  Distribution from;   ///< replicated: every rank takes all from itself
  IndexTransform map;  ///< target index -> source index
  Distribution to;

  /// The target indices whose source lies in this box of the source, if there are any.
  std::optional<Box> seen(const Box& source) const;
  /// The source's chunks that a box of the target needs.
  Box source_chunks(const Box& target) const;
  /// The elements of the target that lie in a box of chunks.
  static Box elements(const ChunkGrid& grid, const Box& chunks);

  using Elements = std::map<int, std::int64_t>;  // by rank, those that have something
  Elements receivers_of(int rank) const;
  Elements senders_of(int rank) const;
};

/// Elements that one rank has for another, as a stream: part by part in an order that both know, each in row-major
/// order. A part lies in one chunk of the source, and in few boxes of the target.
class RegridStream {
 public:
  RegridStream(const Regrid& regrid, int from, int to);
  /// Calls f(source chunk, box of target indices) for the next `elements` elements.
  template <class F>
  void take(std::int64_t elements, F&& f) {
    while (elements > 0) {
      const std::int64_t n = std::min(elements, part_.size() - offset_);
      for_each_box_of_run(part_, offset_, n, [&](const Box& b) { f(static_cast<const Dims&>(chunk_), b); });
      elements -= n;
      if ((offset_ += n) == part_.size()) next();
    }
  }
  /// Calls f(source chunk, box of target indices) for each part, whole.
  template <class F>
  void for_each_part(F&& f) {
    for (; !over(); next()) f(static_cast<const Dims&>(chunk_), static_cast<const Box&>(part_));
  }

 private:
  bool over() const { return block_ == blocks_.size(); }
  void begin_block();
  bool settle();
  void next();

  struct Block {
    Box target;  ///< indices
    Box chunks;  ///< of the source
  };
  const Regrid* regrid_;
  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  Dims chunk_;
  Box part_;
  std::int64_t offset_ = 0;  // elements of the part that are taken
};

}  // namespace tessera

#include <tessera/distributed/exchange/owned_pieces.hpp>

namespace tessera {

OwnedPieces::OwnedPieces(const Distribution& owners, int rank, const Box& held, const Box& box)
    : owners_(owners), rank_(rank), box_(box) {
  const ChunkGrid& grid = owners.grid();
  Box touched;
  for (int i = 0; i < grid.rank() && !box.empty(); i++) {
    touched.lo.push_back(grid.axis(i).find(box.lo[i]));
    touched.extent.push_back(grid.axis(i).find(box.lo[i] + box.extent[i] - 1) - touched.lo[i] + 1);
  }
  over_ = box.empty();
  if (over_) return;
  chunks_ = intersect(touched, held);
  chunk_ = chunks_.lo;
  over_ = chunks_.empty();
  settle();
}

// The next chunk in row-major order, of whatever rank.
void OwnedPieces::step() {
  int axis = chunk_.size() - 1;
  while (axis >= 0 && ++chunk_[axis] == chunks_.lo[axis] + chunks_.extent[axis]) {
    chunk_[axis] = chunks_.lo[axis];
    axis--;
  }
  over_ = axis < 0;
}

// From `chunk_` on, the first chunk of the rank.
void OwnedPieces::settle() {
  while (!over_ && owners_.owner(chunk_) != rank_) step();
  if (!over_) piece_ = intersect(owners_.grid().box(chunk_), box_);
}

void OwnedPieces::next() {
  offset_ = 0;
  step();
  settle();
}

}  // namespace tessera

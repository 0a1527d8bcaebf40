#include <tessera/distributed/execute/waiting_tiles.hpp>

#include <bit>

#include <tessera/core/device/host_together.hpp>

namespace tessera {

bool WaitingTiles::takes(const Columns::Place& place, const Dims& extent) const {
  const std::int64_t wanted = leaves_together(num_elements(place.tile_extent));
  if (place.leaves != 1 || wanted == 1 || place.outputs == 0) return false;
  if (count_ == 0) return place.chunk % wanted == 0;
  return place.key == tiles_[0].place.key && place.chunk == tiles_[0].place.chunk + count_ && extent == extent_;
}

void WaitingTiles::add(const Columns::Place& place, const Dims& extent, const StridedInput& elements) {
  if (count_ == 0) {
    extent_ = extent;
    wanted_ = leaves_together(num_elements(place.tile_extent));
  }
  tiles_[static_cast<std::size_t>(count_++)] = {place, elements};
}

bool WaitingTiles::fold(const StageOutput& output, Columns::Run& run) const {
  const FoldOutput& fold = *output.fold();
  std::array<const std::byte*, most_leaves_together> data{};
  std::size_t n = 0;
  for (const Tile& t : tiles()) {
    if (!(t.elements.strides == tiles_[0].elements.strides)) return false;
    data[n++] = t.elements.data;
  }
  const Columns::Place& first = tiles_[0].place;
  if (!reduce_together(output.program.program, fold.fold, extent_, fold.reduced, {data.data(), n},
                       tiles_[0].elements.strides, run.room_for_several(first)))
    return false;
  run.add_several(first, std::countr_zero(n), static_cast<std::int64_t>(n) * first.elements_of_leaf(0));
  return true;
}

}  // namespace tessera

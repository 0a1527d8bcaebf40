#pragma once
// An array in memory whose chunks are runs of positions (core/axis_groups.hpp), with some axes seen as one. Chunks keep
// their numbers, owners and memory.
#include <tessera/core/axis_groups.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {

/// The same owners of the chunks of `flat`, which is `owners.grid()` with these ranges of axes as one each.
Distribution flattened(const Distribution& owners, const std::vector<AxisRange>& ranges, const ChunkGrid& flat);

/// The chunks of another array, which lives longer and has dense ones.
class FlattenedArray final : public ResidentArray {
 public:
  FlattenedArray(const ResidentArray& array, Distribution flat)
      : ResidentArray(array.dtype(), std::move(flat), array.rank(), array.identity(), array.session()), array_(array) {}
  HeldBox chunk(const Dims& coordinates) const override;
  Space space() const override { return array_.space(); }
  bool has_dense_chunks() const override { return true; }

 private:
  const ResidentArray& array_;
};

}  // namespace tessera

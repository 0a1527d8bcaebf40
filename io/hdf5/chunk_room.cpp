#include <tessera/io/hdf5/chunk_room.hpp>

#include <array>

namespace tessera::io::hdf5 {

std::int64_t make_room(hid_t dataset, const Dims& first, std::int64_t bytes, std::uint32_t skipped,
                       const std::string& what) {
  std::array<hsize_t, max_rank> at{};
  for (int i = 0; i < first.size(); i++) at[static_cast<std::size_t>(i)] = static_cast<hsize_t>(first[i]);
  Recorder recorder;
  const std::byte unused{};  // the driver notes the write and does none
  check(H5Dwrite_chunk(dataset, H5P_DEFAULT, skipped, at.data(), static_cast<std::size_t>(bytes), &unused), what);
  if (!recorder.asked || recorder.bytes != bytes) throw IoError(what + ": HDF5 does not say where it lies");
  return recorder.offset;
}

std::vector<ChunkRun> make_all_room(hid_t dataset, const Placed& placed, const std::string& what) {
  const ChunkGrid grid = ChunkGrid::regular(placed.shape, placed.chunk);
  const std::int64_t bytes = chunk_bytes(placed), count = grid.count();
  std::vector<ChunkRun> runs;
  for (std::int64_t k = 0; k < count; k++) {
    const std::int64_t offset = make_room(dataset, grid.box(k).lo, bytes, 0, what);
    ChunkRun* run = runs.empty() ? nullptr : &runs.back();
    if (run != nullptr && k == run->first + 1) run->stride = offset - run->offset;
    if (run == nullptr || offset != run->offset + (k - run->first) * run->stride) runs.push_back({k, offset, bytes});
  }
  return runs;
}

}  // namespace tessera::io::hdf5

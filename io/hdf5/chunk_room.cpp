#include <tessera/io/hdf5/chunk_room.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <tessera/io/elements.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io::hdf5 {

std::int64_t make_room(hid_t dataset, const Dims& first, std::int64_t bytes, std::uint32_t skipped,
                       const std::string& what) {
  std::array<hsize_t, max_rank> at{};
  for (int i = 0; i < first.size(); i++) at[i] = static_cast<hsize_t>(first[i]);
  Recorder recorder;
  const std::byte unused{};  // the driver notes the write and does none
  check(H5Dwrite_chunk(dataset, H5P_DEFAULT, skipped, at.data(), static_cast<std::size_t>(bytes), &unused), what);
  if (!recorder.asked || recorder.bytes != bytes) throw IoError(what + ": HDF5 does not say where it lies");
  return recorder.offset;
}

void add_chunk(std::vector<ChunkRun>& runs, std::int64_t last, const ChunkRun& chunk) {
  ChunkRun* run = runs.empty() || chunk.first != last + 1 ? nullptr : &runs.back();
  if (run != nullptr && chunk.first == run->first + 1) run->stride = chunk.offset - run->offset;
  if (run == nullptr || chunk.offset != run->offset + (chunk.first - run->first) * run->stride) runs.push_back(chunk);
}

std::vector<ChunkRun> make_all_room(hid_t dataset, const Placed& placed, const std::string& what) {
  const ChunkGrid grid = ChunkGrid::regular(placed.shape, placed.chunk);
  const std::int64_t bytes = chunk_bytes(placed), count = grid.count();
  std::vector<ChunkRun> runs;
  for (std::int64_t k = 0; k < count; k++)
    add_chunk(runs, k - 1, {k, make_room(dataset, grid.box(k).lo, bytes, 0, what), bytes});
  return runs;
}

void fill_chunk(const PositionedFile& file, const Placed& placed, std::int64_t offset) {
  const std::int64_t bytes = chunk_bytes(placed), piece = std::min(bytes, piece_bytes / placed.item * placed.item);
  std::vector<std::byte> filled(static_cast<std::size_t>(piece));
  fill(*placed.fill, placed.item, {piece / placed.item}, filled.data(), {placed.item});
  for (std::int64_t at = 0; at < bytes; at += piece)
    file.write(offset + at, filled.data(), std::min(piece, bytes - at));
}

std::vector<StoredChunk> in_order(const std::string& name, const Placed& placed,
                                  const std::vector<std::string>& parts) {
  const ChunkGrid grid = ChunkGrid::regular(placed.shape, placed.chunk);
  const std::int64_t count = written_chunks(placed, grid).size();
  std::vector<StoredChunk> all(static_cast<std::size_t>(count), StoredChunk{-1, 0, 0});
  for (const auto& part : parts) {
    Reader r(part);
    for (auto n = r.get<std::size_t>(); n > 0; n--) {
      const auto chunk = r.get<StoredChunk>();
      auto& known = all.at(position_of(placed, grid, chunk.number));
      if (known.number >= 0 && (known.bytes != chunk.bytes || known.skipped != chunk.skipped))
        throw InternalError(fmt::format("{}: two ranks wrote chunk {} differently", name, chunk.number));
      known = chunk;
    }
  }
  for (std::int64_t k = 0; k < count; k++)
    if (all[k].number < 0) throw InternalError(fmt::format("{}: chunk {} of {} was never written", name, k, count));
  return all;
}

}  // namespace tessera::io::hdf5

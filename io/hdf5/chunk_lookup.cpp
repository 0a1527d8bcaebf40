#include <tessera/io/hdf5/chunk_lookup.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <tessera/io/hdf5/objects.hpp>

namespace tessera::io::hdf5 {

namespace {

// After a lookup has failed: true when that was because the chunk was never written. The library has no other word for
// it than an error; where its text is another one, the slow way over all chunks tells.
bool never_written(hid_t dataset, const hsize_t* at) {
  hsize_t bytes = 0;
  if (H5Dget_chunk_storage_size(dataset, at, &bytes) >= 0) return bytes == 0;
  if (last_reason() == "chunk storage is not allocated") return true;
  unsigned skipped = 0;
  haddr_t address = 0;
  return H5Dget_chunk_info_by_coord(dataset, at, &skipped, &address, &bytes) >= 0 && address == HADDR_UNDEF;
}

}  // namespace

ChunkPlace find_chunk(const PositionedFile& file, hid_t dataset, const Dims& first, std::int64_t chunk_bytes,
                      const Filters& filters) {
  std::array<hsize_t, max_rank> at{};
  for (int i = 0; i < first.size(); i++) at[i] = static_cast<hsize_t>(first[i]);
  ChunkPlace place;
  Probe probe;
  std::byte unused{};  // the driver notes the read and does none
  if (H5Dread_chunk(dataset, H5P_DEFAULT, at.data(), &place.skipped, &unused) < 0) {
    if (never_written(dataset, at.data())) return {};
    fail(fmt::format("{}: looking up the chunk at {}", file.name(), to_string(first)));
  }
  if (!probe.asked)
    throw IoError(fmt::format("{}: HDF5 does not say where the chunk at {} lies", file.name(), to_string(first)));
  place.offset = probe.offset;
  place.bytes = probe.bytes;
  if (place.bytes > filters.largest_stored(chunk_bytes) || (filters.empty() && place.bytes != chunk_bytes))
    throw IoError(fmt::format("{}: damaged: the chunk at {} takes {} bytes in the file, {} in memory", file.name(),
                              to_string(first), place.bytes, chunk_bytes));
  if (place.offset < 0 || place.offset > file.size() - place.bytes)
    throw IoError(fmt::format("{}: file is truncated: the chunk at {} needs {} bytes at {}, file has {}", file.name(),
                              to_string(first), place.bytes, place.offset, file.size()));
  return place;
}

std::optional<ChunkPlace> ChunkLookup::known(std::int64_t chunk) const {
  const std::lock_guard lock(mutex_);
  for (const Run& run : runs_)
    if (run.begin <= chunk && chunk < run.end()) return run.places[chunk - run.begin];
  return std::nullopt;
}

std::int64_t ChunkLookup::wanted(std::int64_t chunk) const {
  const std::lock_guard lock(mutex_);
  for (const Run& run : runs_)
    if (run.begin >= 0 && run.end() == chunk) return std::min(longest_run, 2 * (run.end() - run.begin));
  return 1;
}

void ChunkLookup::keep(Run run) const {
  const std::lock_guard lock(mutex_);
  for (Run& before : runs_)
    if (before.begin >= 0 && before.end() == run.begin) return std::swap(before, run);
  std::swap(runs_[oldest_], run);
  oldest_ = (oldest_ + 1) % runs_.size();
}

ChunkPlace ChunkLookup::find(std::int64_t chunk, const ChunkGrid& grid, std::int64_t chunk_bytes,
                             const Filters& filters) const {
  if (const auto place = known(chunk)) return *place;
  const Lock lock;
  if (!opened_dataset_) {
    opened_file_ = open_file(file_);
    opened_dataset_ = open_dataset(opened_file_.get(), file_->name(), path_);
  }
  const auto look_up = [&](std::int64_t k) {
    return find_chunk(*file_, opened_dataset_.get(), grid.box(k).lo, chunk_bytes, filters);
  };
  const ChunkPlace place = look_up(chunk);
  Run run{chunk, {place}};
  const std::int64_t end = std::min(chunk + wanted(chunk), grid.count());
  run.places.reserve(end - chunk);
  try {
    while (run.end() < end) run.places.push_back(look_up(run.end()));
  } catch (const Error&) {  // of a chunk that nobody has asked for
  }
  keep(std::move(run));
  return place;
}

ChunkLookup::~ChunkLookup() {
  const Lock lock;
  opened_dataset_ = Id();
  opened_file_ = Id();
}

}  // namespace tessera::io::hdf5

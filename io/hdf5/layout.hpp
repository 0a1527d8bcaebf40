#pragma once
// What a rank must know of a new HDF5 dataset to write its elements without the library: what lay_out_hdf5 hands to
// open_hdf5_writers.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/chunk_parts.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/elements.hpp>
#include <tessera/io/hdf5/dataset.hpp>
#include <tessera/io/hdf5/filters.hpp>

namespace tessera::io::hdf5 {

/// Chunks that lie in even distances: `first` (row-major number) at `offset`, the next `stride` bytes behind it, ...
struct ChunkRun {
  std::int64_t first = 0, offset = 0, stride = 0;
};

/// A chunk that has elements already, and gets more.
struct OldChunk {
  std::int64_t number = 0;  ///< row-major
  ChunkPlace place;
};

struct Placed {
  std::string path;
  Shape shape;  ///< of all of the dataset, also where it grows
  Dims chunk;   ///< empty: contiguous
  std::int64_t item = 1;
  std::int64_t offset = -1;  ///< of the elements, when they are contiguous; -1 when there are none
  Filters filters;
  std::uint32_t unlimited = 0;       ///< axes that may grow
  std::optional<RawElement> fill{};  ///< what programs read where nothing was written; nothing: zeros
  std::vector<ChunkRun> runs;        ///< of the chunks, in order; none when they get their places later
  /// Of a dataset that is there: the axis along which it grows, and its old length. What is written is a box of what is
  /// added: it begins here.
  int grows_along = -1;
  std::int64_t from = 0;
  std::vector<OldChunk> old{};  ///< of compressed chunks
  /// Compressed chunks get their places at the end.
  bool placed_late() const { return !filters.empty(); }
};

void put_placed(Writer& w, const Placed& placed);
Placed get_placed(Reader& r);

/// For each dataset of a layout whose chunks get their places late: place(dataset, what each rank reports of it) gives
/// their places as bytes. reports: by rank. returns: the places of all, for TargetWriters::settle.
template <class Place>
std::string place_late_chunks(std::size_t datasets, Reader& layout, const std::vector<std::string>& reports,
                              Place&& place) {
  std::vector<Reader> of_ranks(reports.begin(), reports.end());
  Writer places;
  for (; datasets > 0; datasets--) {
    const Placed placed = get_placed(layout);
    if (!placed.placed_late()) continue;
    std::vector<std::string> parts;
    for (Reader& report : of_ranks) parts.push_back(report.get_string());
    places.put(place(placed, parts));
  }
  return places.bytes();
}

/// Bytes of a whole chunk in memory.
inline std::int64_t chunk_bytes(const Placed& p) {
  std::int64_t n = p.item;
  for (auto e : p.chunk) n *= e;
  return n;
}

/// The chunks that are written, by coordinates of the grid: all, or those that what is added touches.
inline Box written_chunks(const Placed& p, const ChunkGrid& grid) {
  Box all = Box::whole(grid.counts());
  if (p.grows_along < 0) return all;
  const std::int64_t chunk = p.chunk[p.grows_along], first = p.from / chunk;
  const bool any = p.shape[p.grows_along] > p.from;
  all.lo[p.grows_along] = first;
  all.extent[p.grows_along] = any ? all.extent[p.grows_along] - first : 0;
  return all;
}

/// Which of them a chunk is, in order.
inline std::size_t position_of(const Placed& p, const ChunkGrid& grid, std::int64_t number) {
  const Box written = written_chunks(p, grid);
  const Dims at = grid.coordinates(number);
  std::int64_t position = 0;
  for (int i = 0; i < at.size(); i++) position = position * written.extent[i] + at[i] - written.lo[i];
  return static_cast<std::size_t>(position);
}

/// A box of what is written, as it lies in the dataset.
inline Box in_dataset(const Placed& p, Box box) {
  if (p.grows_along >= 0) box.lo[p.grows_along] += p.from;
  return box;
}

/// Where a chunk lies that has its place.
inline std::int64_t chunk_offset(const Placed& p, std::int64_t number) {
  const auto after = std::upper_bound(p.runs.begin(), p.runs.end(), number,
                                      [](std::int64_t n, const ChunkRun& run) { return n < run.first; });
  const ChunkRun& run = *std::prev(after);
  return run.offset + (number - run.first) * run.stride;
}

/// Of a dataset whose elements have their places from the beginning.
std::unique_ptr<StoreWriter> make_plain_writer(std::shared_ptr<const PositionedFile> file, Placed placed);

/// Compressed chunks have a place only when the sizes of all are known. Until then they lie in a scratch file of this
/// process without a name, beside the target: `finish` tells their numbers and sizes, one rank gives them places
/// (place_hdf5_chunks), `place` brings them there. So neither ranks nor threads show in the file.
class LateWriter : public StoreWriter {
 public:
  virtual std::string finish() = 0;
  virtual void place(const std::string& places) = 0;
};
std::unique_ptr<LateWriter> make_compressed_writer(std::shared_ptr<const PositionedFile> file,
                                                   const std::string& temporary_path, Placed placed);

/// One stored chunk, as finish tells it.
struct StoredChunk {
  std::int64_t number;  ///< row-major
  std::int64_t bytes;
  std::uint32_t skipped;  ///< filters that were left out
  std::uint32_t unused = 0;
};

}  // namespace tessera::io::hdf5

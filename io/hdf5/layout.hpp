#pragma once
// What a rank must know of a new HDF5 dataset to write its elements without the library: what lay_out_hdf5 hands to
// open_hdf5_writer.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/elements.hpp>
#include <tessera/io/hdf5/filters.hpp>

namespace tessera::io::hdf5 {

/// Chunks that lie in even distances: `first` (row-major number) at `offset`, the next `stride` bytes behind it, ...
struct ChunkRun {
  std::int64_t first = 0, offset = 0, stride = 0;
};

struct Placed {
  std::string path;
  Shape shape;
  Dims chunk;  ///< empty: contiguous
  std::int64_t item = 1;
  std::int64_t offset = -1;  ///< of the elements, when they are contiguous; -1 when there are none
  Filters filters;
  std::uint32_t unlimited = 0;       ///< axes that may grow
  std::optional<RawElement> fill{};  ///< what programs read where nothing was written; nothing: zeros
  std::vector<ChunkRun> runs;        ///< of the chunks, in order; none when they get their places later
  /// Compressed chunks get their places at the end.
  bool placed_late() const { return !filters.empty(); }
};

void put_placed(Writer& w, const Placed& placed);
Placed get_placed(Reader& r);

/// Bytes of a whole chunk in memory.
inline std::int64_t chunk_bytes(const Placed& p) {
  std::int64_t n = p.item;
  for (auto e : p.chunk) n *= e;
  return n;
}

/// Where a chunk lies that has its place.
inline std::int64_t chunk_offset(const Placed& p, std::int64_t number) {
  const auto after = std::upper_bound(p.runs.begin(), p.runs.end(), number,
                                      [](std::int64_t n, const ChunkRun& run) { return n < run.first; });
  const ChunkRun& run = *std::prev(after);
  return run.offset + (number - run.first) * run.stride;
}

/// The part of a box that lies in one chunk of the file.
struct ChunkPart {
  std::int64_t number;      ///< of the chunk, row-major
  Box part;                 ///< relative to the chunk
  std::int64_t memory = 0;  ///< offset of its first element from the box's, by the memory's strides
  bool whole = true;        ///< all of the chunk that is in the dataset
};
template <class F>
void for_each_chunk_part(const Placed& placed, const ChunkGrid& grid, const Box& box, const Dims& strides, F&& f) {
  const int rank = box.rank();
  Dims first, count;
  for (int i = 0; i < rank; i++) {
    first.push_back(box.lo[i] / placed.chunk[i]);
    count.push_back((box.lo[i] + box.extent[i] - 1) / placed.chunk[i] - first[i] + 1);
  }
  for_each_index(count, [&](const Dims& at) {
    Dims chunk = first;
    ChunkPart p{0, box};
    for (int i = 0; i < rank; i++) {
      chunk[i] += at[i];
      const std::int64_t start = chunk[i] * placed.chunk[i], lo = std::max(box.lo[i], start);
      p.part.extent[i] = std::min(box.lo[i] + box.extent[i], start + placed.chunk[i]) - lo;
      p.part.lo[i] = lo - start;
      p.memory += (lo - box.lo[i]) * strides[i];
      p.whole = p.whole && p.part.lo[i] == 0 && p.part.extent[i] == std::min(placed.chunk[i], placed.shape[i] - start);
    }
    p.number = grid.linear(chunk);
    f(static_cast<const ChunkPart&>(p));
  });
}

/// Writers over a dataset that was laid out: plain ones write elements where they belong, those placed late see below.
std::unique_ptr<StoreWriter> make_plain_writer(std::shared_ptr<const PositionedFile> file, Placed placed);
/// Compressed chunks have a place only when the sizes of all are known. Until then they lie in a scratch file of this
/// process without a name, beside the target: StoreWriter::finish tells their numbers and sizes, one rank gives them
/// places (place_hdf5_chunks), StoreWriter::place brings them there. So neither ranks nor threads show in the file.
std::unique_ptr<StoreWriter> make_compressed_writer(std::shared_ptr<const PositionedFile> file,
                                                    const std::string& temporary_path, Placed placed);

/// One stored chunk, as finish tells it.
struct StoredChunk {
  std::int64_t number;  ///< row-major
  std::int64_t bytes;
  std::uint32_t skipped;  ///< filters that were left out
  std::uint32_t unused = 0;
};

}  // namespace tessera::io::hdf5

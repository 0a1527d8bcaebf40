#pragma once
// Where the chunks of an HDF5 dataset lie, asked from the library one by one: half a microsecond each under its lock.
// The file is opened by the library at the first question. Private to io/hdf5.
#include <array>
#include <mutex>
#include <optional>
#include <tessera/io/hdf5/dataset.hpp>
#include <tessera/io/hdf5/library.hpp>
#include <vector>

namespace tessera::io::hdf5 {

/// Whoever asks for one chunk after another, in the grid's order, finds the places of the next ones known: threads that
/// took the library's lock for each would mostly wait for it.
class ChunkLookup {
 public:
  ChunkLookup(std::shared_ptr<const PositionedFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  ~ChunkLookup();
  /// The place of a chunk of the grid; checked against the file's size. Thread-safe.
  /// `chunk_bytes`: of a chunk in memory; `filters`: what a chunk may pass through.
  ChunkPlace find(std::int64_t chunk, const ChunkGrid& grid, std::int64_t chunk_bytes, const Filters& filters) const;

 private:
  /// Chunks begin, begin + 1, ... that were looked up together.
  struct Run {
    std::int64_t begin = -1;
    std::vector<ChunkPlace> places{};
    std::int64_t end() const { return begin + static_cast<std::int64_t>(places.size()); }
  };
  static constexpr std::int64_t longest_run = 256;
  using Runs = std::array<Run, 8>;  // of as many threads; the oldest makes room

  std::optional<ChunkPlace> known(std::int64_t chunk) const;
  /// How many chunks to look up: twice as many as in the run that ends here.
  std::int64_t wanted(std::int64_t chunk) const;
  void keep(Run run) const;

  std::shared_ptr<const PositionedFile> file_;
  std::string path_;
  mutable Id opened_file_, opened_dataset_;
  mutable std::mutex mutex_;  // of the runs; taken within the library's lock, never the other way round
  mutable Runs runs_;
  mutable std::size_t oldest_ = 0;
};

/// The same for a dataset that is open already; the caller holds the lock.
ChunkPlace find_chunk(const PositionedFile& file, hid_t dataset, const Dims& first, std::int64_t chunk_bytes,
                      const Filters& filters);

}  // namespace tessera::io::hdf5

#pragma once
// Where the chunks of an HDF5 dataset lie, asked from the library one by one: about a microsecond each under its lock.
// The file is opened by the library at the first question. Private to io/hdf5.
#include <optional>

#include <tessera/io/hdf5/dataset.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

class ChunkLookup {
 public:
  ChunkLookup(std::shared_ptr<const PositionedFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  ~ChunkLookup();
  /// The place of the chunk that begins at element `first`; checked against the file's size. Thread-safe.
  /// `chunk_bytes`: of a chunk in memory; `filters`: what a chunk may pass through.
  ChunkPlace find(const Dims& first, std::int64_t chunk_bytes, const Filters& filters) const;

 private:
  std::shared_ptr<const PositionedFile> file_;
  std::string path_;
  mutable Id opened_file_, opened_dataset_;
};

/// The same for a dataset that is open already; the caller holds the lock.
ChunkPlace find_chunk(const PositionedFile& file, hid_t dataset, const Dims& first, std::int64_t chunk_bytes,
                      const Filters& filters);

}  // namespace tessera::io::hdf5

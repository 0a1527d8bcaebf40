#pragma once
// HDF5's filter pipeline, applied without the library: deflate (libdeflate), shuffle, fletcher32. Needs no HDF5 header.
// A chunk passes the steps in order when it is written, and in reverse when it is read.
// Example, [shuffle, gzip, fletcher32]: check and drop the last 4 bytes, inflate, unshuffle.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tessera::io::hdf5 {

struct Filters {
  enum class Kind : std::uint8_t { deflate, shuffle, fletcher32 };
  struct Step {
    Kind kind;
    std::uint32_t parameter;  ///< deflate: level; shuffle: bytes of an element
  };
  std::vector<Step> steps;

  bool empty() const { return steps.empty(); }
  /// "shuffle, gzip(4)".
  std::string text() const;
  /// The most bytes that a chunk of `bytes` may take in the file; more is taken as damage.
  std::int64_t largest_stored(std::int64_t bytes) const;
  /// Scratch that decode takes for chunks of `bytes`, slots 0 to 3.
  std::int64_t scratch_bytes(std::int64_t bytes) const;
};

/// Decodes `stored_bytes` at `stored` into exactly `bytes` at `to`. Bit i of `skipped`: step i was not applied.
/// Uses scratch slots 1 and 2. Thread-safe. throws IoError beginning with name() when the data are damaged.
void decode(const Filters& filters, std::uint32_t skipped, std::byte* stored, std::int64_t stored_bytes, std::byte* to,
            std::int64_t bytes, const std::function<std::string()>& name);

/// The filters of a wish, in order: "gzip:4", "noshuffle,gzip:9", "shuffle,gzip:4,fletcher32". gzip of elements of
/// several bytes comes with shuffle unless that is refused. Levels are 0 to 9, 4 when none is given. "" and "none": no
/// filters. `item`: bytes of an element. throws UsageError that says what may stand there.
Filters parse_filters(const std::string& text, std::int64_t item);

/// A chunk as it is stored, and which steps were left out because they would have made it larger.
struct Encoded {
  const std::byte* data;
  std::int64_t bytes;
  std::uint32_t skipped;
};
/// Applies the filters to the `bytes` of a whole chunk and hands the result to `use`, where it lies in scratch slots 1
/// and 2 of this thread (or is the chunk itself). Thread-safe.
void encode(const Filters& filters, const std::byte* chunk, std::int64_t bytes,
            const std::function<void(const Encoded&)>& use);
/// Memory that encode takes for chunks of `bytes`, the compressor's own included.
std::int64_t encoding_bytes(const Filters& filters, std::int64_t bytes);

/// The checksum of HDF5's fletcher32 filter (H5_checksum_fletcher32).
std::uint32_t fletcher32(const std::byte* data, std::int64_t bytes);

}  // namespace tessera::io::hdf5

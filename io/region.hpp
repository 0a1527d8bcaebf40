#pragma once
// A box of a dense row-major array that lies in a file at some offset, moved to or from strided memory.
//
// Both sides are reduced to axes (count, bytes in the file, bytes in memory) around runs that are contiguous on both
// sides. Long runs move straight between file and memory. Short ones with small gaps between them pass through scratch
// in pieces: of float64 (1000, 1000) the box [0:1000, 0:10] has runs of 80 bytes every 8000, so each run is read alone;
// the box [0:1000, 0:900] has gaps of 800 bytes, so 32 rows at a time are read with their gaps and 7200 bytes of each
// are kept.
#include <tessera/core/box.hpp>
#include <tessera/io/positioned_file.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {

/// Where a dense row-major array lies in a file.
struct Region {
  std::int64_t offset = 0;  ///< of element 0, bytes
  Shape shape;
  std::int64_t item = 1;  ///< bytes of an element
};

/// Scratch (slot 0) that read_region and write_region may take.
inline constexpr std::int64_t region_scratch_bytes = piece_bytes;

/// throws IoError.
void read_region(const PositionedFile& file, const Region& region, const Box& box, std::byte* to, const Dims& strides);
/// `over_gaps`: nothing of value lies in the file between the runs of the box, so that zeros may be written there.
void write_region(const PositionedFile& file, const Region& region, const Box& box, const std::byte* from,
                  const Dims& strides, bool over_gaps = false);
/// Has the system begin to bring a box that was written to the disk, where it is one long run of the file. Never fails.
void begin_write_back(const PositionedFile& file, const Region& region, const Box& box) noexcept;
/// Bytes that read_region takes from the file into memory of these strides (gaps included).
std::int64_t region_bytes(const Region& region, const Box& box);
/// Asks the system to read the box ahead, in at most `calls` calls. returns: the calls that were made.
int prefetch_region(const PositionedFile& file, const Region& region, const Box& box, int calls) noexcept;

}  // namespace tessera::io

#pragma once
// Room for chunks in a file that is being made: the library chooses a place and enters it in the dataset's index; the
// bytes are written by who has them. About two microseconds a chunk. Private to io/hdf5; the caller holds the lock.
#include <vector>

#include <tessera/io/hdf5/layout.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// Makes room for `bytes` of the chunk that begins at element `first`. returns: its offset in the file.
std::int64_t make_room(hid_t dataset, const Dims& first, std::int64_t bytes, std::uint32_t skipped,
                       const std::string& what);
/// The same for all chunks of a dataset without filters, in order.
std::vector<ChunkRun> make_all_room(hid_t dataset, const Placed& placed, const std::string& what);
/// The chunk behind all of `runs`: continues the last of them where its distance is even. last: the number of the last
/// chunk in them.
void add_chunk(std::vector<ChunkRun>& runs, std::int64_t last, const ChunkRun& chunk);
/// Writes the fill value over the chunk at `offset`.
void fill_chunk(const PositionedFile& file, const Placed& placed, std::int64_t offset);
/// What all ranks wrote (LateWriter::finish), by the position of the chunk among those that are written; chunks that
/// several ranks have, the same everywhere, count once.
std::vector<StoredChunk> in_order(const std::string& name, const Placed& placed, const std::vector<std::string>& parts);

}  // namespace tessera::io::hdf5

#pragma once
// Our file driver for the HDF5 library. Private to io/hdf5.
//
// The library reads and writes metadata through PositionedFile; there are no file locks to fail on network file
// systems; and since only the file that is handed over can be opened, nothing in a file makes the library open another
// one. While a Probe lives, a read of raw data is not done but noted: H5Dread_chunk then tells where a chunk lies in
// about a microsecond, where H5Dget_chunk_info_by_coord walks over all chunks.
//
// While a Recorder lives, a write of raw data is not done but noted: H5Dwrite_chunk then makes room for a chunk of some
// size and enters it in the index, and whoever has the bytes writes them.
//
// What is only read is not believed: nothing beyond the end of the file is read, blocks are checked by what they say of
// themselves before the library sees them, and metadata that lead in circles end after many times the file's size.
//
// The library never sees a write fail: after the first failure the driver keeps the error, and takes and drops what
// else comes. (A library that can't write keeps half-closed files, and crashes over them when the process ends.) So
// whoever writes through it asks check_driver() at the end.
#include <exception>
#include <optional>

#include <tessera/io/hdf5/bytes.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// What the driver threw during the library's last call, and forgets it.
std::exception_ptr driver_error();
/// What a file handle of the library reads through; null when it is not ours.
const PositionedFile* file_behind(hid_t file);
/// Of such a file; nothing in one with addresses of other than 8 bytes.
std::optional<Metadata> metadata_of(hid_t file);
/// True for a handle that we opened, also when closing it failed.
bool is_own_file(hid_t file);
/// The reads from here on are another call's: each may read many times the file.
void begin_reads();

}  // namespace tessera::io::hdf5

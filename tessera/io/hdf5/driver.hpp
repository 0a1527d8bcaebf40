#pragma once
// Our file driver for the HDF5 library. Private to io/hdf5.
//
// The library reads and writes metadata through PositionedFile; there are no file locks to fail on network file systems;
// and since only the file that is handed over can be opened, nothing in a file makes the library open another one.
// While a Probe lives, a read of raw data is not done but noted: H5Dread_chunk then tells where a chunk lies in about a
// microsecond, where H5Dget_chunk_info_by_coord walks over all chunks.
#include <exception>

#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// What the driver threw during the library's last call, and forgets it.
std::exception_ptr driver_error();

}  // namespace tessera::io::hdf5

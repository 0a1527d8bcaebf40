#pragma once
// Datatypes and attributes of old object headers (version 1, without checksums), checked before the library decodes
// them: 1.10.8 believes their sizes and reads over the end of its memory when a bit is wrong. New headers ("OHDR")
// carry checksums. Private to io/hdf5; the caller holds the lock.
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// `address`: of an object in `file`, as links have it. throws IoError beginning with `name` when a datatype or an
/// attribute in its header is longer than the room it has.
void check_header(hid_t file, haddr_t address, const std::string& name);

}  // namespace tessera::io::hdf5

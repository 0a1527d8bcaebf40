#pragma once
// Object headers, checked before the library decodes them: 1.10.8 believes their sizes and reads over the end of its
// memory. Those of version 1 have no checksums, so a bit that is wrong is enough; those of version 2 ("OHDR") have, and
// it takes someone who repairs them. Private to io/hdf5; the caller holds the lock.
#include <tessera/io/hdf5/bytes.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// A header of version 1 at `address` in `file`, as links have it. (The driver checks what can be told by its first
/// bytes when the library reads it.) throws IoError beginning with `name` when a message does not fit the room it has.
void check_header(hid_t file, haddr_t address, const std::string& name);

/// Headers of version 1 that the superblock names: the library decodes the root group's when it opens the file, before
/// any link was followed. throws IoError.
void check_superblock(const PositionedFile& file);

/// A header of either version, with its continuations, and what its messages refer to. returns: true when it names a
/// table of shared messages, as one header of a file may. throws Damaged.
bool check_object(const Metadata& metadata, std::uint64_t address);

/// A message of this type is that of the header at `address`, which has it itself, or in the heap of shared messages:
/// not from another header in turn, which the library would follow without end. throws Damaged.
void check_shared_with(const Metadata& metadata, std::uint64_t address, std::uint64_t type);

}  // namespace tessera::io::hdf5

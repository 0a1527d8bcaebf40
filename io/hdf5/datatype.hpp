#pragma once
// HDF5 datatypes to dtypes and back. Private to io/hdf5; the caller holds the lock.
#include <optional>

#include <tessera/io/elements.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// The encoding of elements of `type`: integers and IEEE floats of both byte orders, enums as their integers, h5py's
/// bool (an enum of FALSE and TRUE), complex as a compound of two floats. Nothing for all other types.
std::optional<Encoding> encoding_of(hid_t type);
/// What `type` is, for a message: "text", "float16", "a compound".
std::string describe_type(hid_t type);
/// The type that holds `dtype` in a file, in this machine's byte order; bool and complex as h5py writes them.
Id file_type(DType dtype);

}  // namespace tessera::io::hdf5

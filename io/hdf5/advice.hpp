#pragma once
// What to do with a dataset that is not read. Every command here is run and its result compared in
// tests/apps/info_test.py.
#include <string>

namespace tessera::io::hdf5 {

/// "h5py makes a file with its elements: python3 -c '...'". Not h5repack: it leaves out datasets whose filters it does
/// not have, and keeps virtual and external ones, both with exit code 0.
std::string advise_h5py(const std::string& file, const std::string& path);

}  // namespace tessera::io::hdf5

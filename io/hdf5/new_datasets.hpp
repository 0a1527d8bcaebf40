#pragma once
// New datasets in an HDF5 file that the library has open. Private to io/hdf5; the caller holds the lock.
#include <string>
#include <vector>

#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/hdf5/layout.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// The paths of the datasets. throws UsageError: no names, or two that can't both be there.
std::vector<std::string> checked_paths(const std::string& file, const std::vector<DatasetSpec>& datasets);
/// What is known of a dataset before it is laid out. throws UsageError: HDF5 can't hold it so.
Placed placed_of(const std::string& name, const DatasetSpec& spec, const std::string& path);
/// Makes the datasets, and room for those that may grow and have no filters. options.append: the file had others.
/// throws UsageError, IoError.
std::vector<Placed> add_datasets(hid_t file, const std::string& name, const std::vector<DatasetSpec>& datasets,
                                 const std::vector<std::string>& paths, const Hdf5Layout& options);
/// Finds where the elements are that have their place from the beginning. file: as long as the library has it.
void find_place(const PositionedFile& file, hid_t opened, const std::string& name, Placed& placed);
/// Fill values where chunks of a growing dataset stick out of its shape: there they show when it grows.
void fill_edges(const PositionedFile& file, const Placed& placed);

}  // namespace tessera::io::hdf5

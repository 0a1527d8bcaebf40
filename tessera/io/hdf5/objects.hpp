#pragma once
// Groups, links and datasets of a file. Private to io/hdf5; the caller holds the lock.
// Links are followed step by step: hard links and soft links inside the file, never one that leads to another file.
#include <vector>

#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// Opens the dataset that is called `path`. throws IoError with names that are near when it is missing or a dimension
/// without values, UsageError when it is a group, IoError when a link leads out of the file.
Id open_dataset(hid_t file, const std::string& name, const std::string& path);

struct Found {
  std::string path;       ///< as it is called (netcdf_names.hpp)
  bool readable = false;  ///< elements of a type that we read
  bool scale = false;     ///< a NetCDF coordinate or dimension
  std::string link;       ///< where it is in the file
};
/// Datasets that hard links lead to, each once, by path; at most `most`. bare: also dimensions without values.
/// throws IoError beginning with `name` when the file is damaged.
std::vector<Found> find_datasets(hid_t file, const std::string& name, std::size_t most, bool bare = false);
/// The only array of the file: the only readable dataset, or the only one that is no coordinate.
/// throws UsageError that lists the datasets when there are several, IoError when there is none.
std::string only_dataset(hid_t file, const std::string& name);

}  // namespace tessera::io::hdf5

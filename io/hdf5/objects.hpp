#pragma once
// Groups, links and datasets of a file. Private to io/hdf5; the caller holds the lock.
// Links are followed step by step: hard links and soft links inside the file, never one that leads to another file.
#include <vector>

#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// Opens the dataset that is called `path`. throws IoError with names that are near when it is missing or a dimension
/// without values, UsageError when it is a group, IoError when a link leads out of the file.
Id open_dataset(hid_t file, const std::string& name, const std::string& path);

/// `path` without soft links. throws IoError when a link leads out of the file or nowhere.
std::string resolve(hid_t file, const std::string& name, const std::string& path);
/// The only array of the file: the only readable dataset, or the only one that is no coordinate.
/// throws UsageError that lists the datasets when there are several, IoError when there is none, or an object that is
/// broken.
std::string only_dataset(hid_t file, const std::string& name);

}  // namespace tessera::io::hdf5

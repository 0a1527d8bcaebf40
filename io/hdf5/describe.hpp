#pragma once
// Describing the datasets of an open file. Private to io/hdf5; the caller holds the lock.
#include <tessera/io/hdf5/attributes.hpp>
#include <tessera/io/hdf5/dataset.hpp>
#include <tessera/io/hdf5/dimension_lengths.hpp>
#include <tessera/io/hdf5/scale_paths.hpp>

namespace tessera::io::hdf5 {

/// The metadata of one dataset.
/// throws IoError / UsageError beginning with its name.
Dataset describe_open(const std::shared_ptr<const PositionedFile>& file, hid_t opened, const std::string& path,
                      const Look& look, ScalePaths& scales, DimensionLengths& lengths);
/// As whoever opens it sees it.
StoreInfo seen_info(Dataset d);
/// Those of the root group, as read_attributes gives them.
AttributesThere file_attributes(hid_t opened, const std::string& name, std::int64_t room = INT64_MAX);
/// The extents of a dataspace. throws UsageError (no elements at all, too many axes), IoError.
Shape shape_of(hid_t space, const std::string& name);

}  // namespace tessera::io::hdf5

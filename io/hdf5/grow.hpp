#pragma once
// HDF5 datasets that grow along an axis, in the file that they are in.
//
// Elements go behind the end of the file: into new chunks, or, without filters, into the part of the last chunk that
// lies behind the old length. With filters a chunk that is not full is written anew, and its old place stays unused: in
// it lie elements that count until the file says that the dataset is longer. What the library changes (the header of the
// dataset, its index of chunks, the superblock) is kept in memory (pending.hpp) and becomes the patches of the append
// (append_journal.hpp), headers last: whoever reads the file by other programs meanwhile finds an index that has more
// chunks than the shape.
#include <memory>
#include <vector>

#include <tessera/io/file_format.hpp>
#include <tessera/io/hdf5/hdf5.hpp>

namespace tessera::io {

/// See Format::grown. netcdf: the file is one of NetCDF's.
DatasetSpec grown_hdf5(const std::shared_ptr<const PositionedFile>& file, const DatasetSpec& dataset, bool netcdf);
/// See FileFormat::grow.
std::unique_ptr<GrowingFile> grow_hdf5(AppendedFile& file, const std::vector<DatasetSpec>& datasets,
                                       const Hdf5Layout& options, Writer& layout);

}  // namespace tessera::io

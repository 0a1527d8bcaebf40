#pragma once
// HDF5 files. The library is used for metadata alone, under one lock for the process; elements move around it.
// This header does not need the library; without it (TESSERA_WITH_HDF5=OFF) everything here throws UsageError.
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io {

/// `dataset`: its path, or empty when the file has one. throws IoError / UsageError.
void describe_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::string& dataset, Writer& description);
std::shared_ptr<const Store> open_hdf5(Reader& description);
/// All datasets whose elements can be read, in order of their paths.
std::vector<StoreInfo> list_hdf5(const std::shared_ptr<const PositionedFile>& file);
/// Makes the empty, new file an HDF5 file with room for the datasets.
void lay_out_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::vector<DatasetSpec>& datasets,
                  Writer& layout);
std::unique_ptr<StoreWriter> open_hdf5_writer(std::shared_ptr<const PositionedFile> file, Reader& layout);

}  // namespace tessera::io

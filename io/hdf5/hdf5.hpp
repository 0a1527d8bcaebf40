#pragma once
// HDF5 files. The library is used for metadata alone, under one lock for the process; elements move around it.
// This header does not need the library; without it (TESSERA_WITH_HDF5=OFF) everything here throws UsageError.
#include <memory>
#include <string>
#include <vector>

#include <tessera/core/serialize.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/dimensions_there.hpp>
#include <tessera/io/file_contents.hpp>
#include <tessera/io/positioned_file.hpp>
#include <tessera/io/target_writers.hpp>

namespace tessera::io {

class Format;
const Format& hdf5_format();

/// `dataset`: its path, or empty when the file has one. `detail`: how much of it goes into the description. returns:
/// all that is known. throws IoError / UsageError.
StoreInfo describe_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::string& dataset,
                        const SourceOptions& options, Detail detail, Writer& description);
std::shared_ptr<const Store> open_hdf5(Reader& description, Opening opening = Opening::now);
/// All that stands in the file. throws IoError when it can't be opened.
FileContents list_hdf5(const std::shared_ptr<const PositionedFile>& file, Detail detail);
/// What the root group has under `name`. throws IoError.
DimensionThere find_hdf5_dimension(const std::shared_ptr<const PositionedFile>& file, const std::string& name);
/// What lay_out_hdf5 does besides.
struct Hdf5Layout {
  bool append = false;  ///< the file is one already: add to it
  std::vector<Attribute> attributes{};
  std::string history{};
  bool netcdf = false;  ///< for NetCDF's programs: dtypes, fill values and names are theirs
};
/// Makes the empty, new file an HDF5 file with room for the datasets. throws UsageError for datasets that are there.
void lay_out_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::vector<DatasetSpec>& datasets,
                  const Hdf5Layout& options, Writer& layout);
/// `temporary_path`: where the file lies, for scratch beside it.
std::unique_ptr<TargetWriters> open_hdf5_writers(const std::shared_ptr<const PositionedFile>& file,
                                                 const std::string& temporary_path, std::size_t datasets,
                                                 Reader& layout);
/// `layout` of all datasets, `reports` of all ranks: makes room for the chunks of compressed datasets, in order.
/// returns: what the writers settle.
std::string place_hdf5_chunks(const std::shared_ptr<const PositionedFile>& file, std::size_t datasets, Reader& layout,
                              const std::vector<std::string>& reports);
/// Memory that a writer of the dataset takes. throws UsageError when its filters are no filters, or it has no chunks.
WriteCost hdf5_write_cost(const DatasetSpec& dataset);

}  // namespace tessera::io

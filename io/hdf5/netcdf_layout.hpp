#pragma once
// What makes a new dataset one of NetCDF's: dtypes that its programs know, its fill value, its name. Private to
// io/hdf5; the caller holds the lock.
#include <string>
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/elements.hpp>
#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// `spec` as NetCDF has it: bools become bytes whose attribute dtype is "bool", as xarray writes them.
/// throws UsageError for complex numbers, which NetCDF does not have.
DatasetSpec netcdf_spec(const std::string& name, DatasetSpec spec);
/// What programs read where nothing was written: _FillValue, else NetCDF's own. As memory holds it.
RawElement netcdf_fill_of(const DatasetSpec& spec);
/// True when `file` keeps to NetCDF's classic model.
bool is_classic(hid_t file);
/// What goes into such a file: numbers of attributes in the dtypes that it has.
/// throws UsageError for other dtypes, and for groups.
DatasetSpec classic_spec(const std::string& name, DatasetSpec spec);
/// The paths under which the datasets are stored: a variable that has the name of a dimension of `datasets` or of the
/// file and is not its coordinate lies beside it.
std::vector<std::string> stored_paths(hid_t file, const std::vector<Dimensioned>& datasets);

}  // namespace tessera::io::hdf5

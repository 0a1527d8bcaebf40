#pragma once
// A Store that notices NetCDF's default fill value among the elements that are read: in a variable without _FillValue
// nothing else says that they are missing.
#include <memory>

#include <tessera/core/store.hpp>

namespace tessera::io {

/// `store`: of a dtype that has such a value (netcdf_fill.hpp). Every read looks at its elements until one is found.
std::shared_ptr<const Store> make_fill_watch(std::shared_ptr<const Store> store);

}  // namespace tessera::io

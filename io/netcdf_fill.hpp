#pragma once
// What NetCDF reads where nothing was written and a variable names no other value (NC_FILL_... of its netcdf.h).
#include <optional>

#include <tessera/core/dtype.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera::io {

/// Nothing for dtypes that NetCDF does not have.
std::optional<Scalar> netcdf_fill(DType dtype);

/// True where the value stands for a missing element rather than for itself: not for bytes, of which every value is in
/// use.
inline bool means_missing(DType dtype) { return netcdf_fill(dtype) && item_size(dtype) > 1; }

}  // namespace tessera::io

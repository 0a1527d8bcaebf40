#pragma once
// What a NetCDF file says about its numbers, made true: _FillValue and missing_value become NaN, scale_factor and
// add_offset are applied, _Unsigned integers are taken as such. The dtypes are xarray's: integers of up to 16 bits with
// a scale alone give float32, with an offset, or of more bits, float64; floats keep theirs. int16 data 100, 101, -999
// with _FillValue -999 and scale_factor 0.1 are 10.0, 10.1, NaN in float32.
#include <tessera/core/array.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

/// `source`, an array over a dataset, decoded by the dataset's attributes: a lazy Map, or `source` itself when there is
/// nothing to do (also for bools and complex numbers).
TESSERA_API Array decode(const Array& source);

/// The dtype that arrays over this dataset have after that.
TESSERA_API DType decoded_dtype(const StoreInfo& info);

/// True when some dataset below `x` names fill values: then nanmean may be meant where mean is written.
TESSERA_API bool has_fill(const Array& x);
}  // namespace tessera

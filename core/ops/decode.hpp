#pragma once
// What a NetCDF file says about its numbers, made true: _FillValue and missing_value become NaN, scale_factor and
// add_offset are applied, _Unsigned integers are taken as such, integers whose attribute dtype says "bool" are bools.
// The dtypes are those of xarray's newest release: that of scale_factor (and of add_offset, where both have one, else
// float64); without them float32 for integers of up to 16 bits, float64 for others; floats keep theirs. int16 data 100,
// 101, -999 with _FillValue -999 and a float32 scale_factor 0.1 are 10.0, 10.1, NaN in float32.
#include <span>
#include <string>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

/// `source`, an array over a dataset, decoded by the dataset's attributes: a lazy Map, or `source` itself when there is
/// nothing to do (also for bools and complex numbers). throws UsageError when scale_factor or add_offset is not one
/// number.
TESSERA_API Array decode(const Array& source);

/// The dtype that arrays over this dataset have after that. throws as decode.
TESSERA_API DType decoded_dtype(const StoreInfo& info);

/// True when some dataset below `x` names fill values: then nanmean may be meant where mean is written.
TESSERA_API bool has_fill(const Array& x);

/// True when `x` is nothing but elements of files, as they are in them: views and joins of datasets.
TESSERA_API bool is_stored(const Array& x);

/// A dataset, and whether this rank has read from it what NetCDF takes as missing by default (9.96921e36, -32767, ...)
/// and the file does not: it names no _FillValue. SourceOptions::default_fill makes NaN of such elements.
struct DefaultFill {
  std::string dataset;
  bool met = false;
};
/// Of all datasets below the arrays, after they were computed. The same datasets on all ranks.
TESSERA_API std::vector<DefaultFill> default_fills(std::span<const Array> arrays);

}  // namespace tessera

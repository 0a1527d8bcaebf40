#pragma once
// Elements at values of a coordinate, as of a dimension of NetCDF: xarray's sel. Lazy: a search, of which every rank gets a
// copy of the coordinates, and a gather.
#include <cstdint>

#include <tessera/core/array.hpp>

namespace tessera {

/// The index of the coordinate that is nearest to each of `values`; of two that are as near the one of the larger
/// coordinate. NaN has the last index of what rises, the first of what falls.
/// coordinates: 1-d, real, rising or falling, which is not checked; values: any shape. returns: int64, the shape of values.
/// throws ShapeError unless there are coordinates along one axis, DTypeError for complex ones.
TESSERA_API Array nearest_index(const Array& coordinates, const Array& values);

enum class Matching { exact, nearest };
struct SelectByValueOptions {
  ByName by_name{};
  std::int64_t axis = 0;
  Matching method = Matching::exact;
};
/// x[..., indices of `values` among `coordinates`, ...], along one axis, which has the axes of `values` in its place: none for
/// a single number. Where method is exact, a value that is no coordinate throws IndexError when the result is evaluated: its
/// index is said to be the length of the axis.
/// coordinates: one for each index of the axis, else ShapeError; and as nearest_index.
TESSERA_API Array sel(const Array& x, const Array& coordinates, const Array& values,
                      const SelectByValueOptions& options = {});

}  // namespace tessera

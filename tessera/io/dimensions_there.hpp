#pragma once
// The dimensions that a file has already: results that are added to it share those that are theirs.
#include <string>
#include <vector>

#include <tessera/core/store.hpp>

namespace tessera {

/// What an HDF5 file has under the name of a dimension, in its root group.
struct DimensionThere {
  enum class Kind {
    none,        ///< nothing
    other,       ///< something that is no dimension
    bare,        ///< a dimension without values
    coordinate,  ///< one with values, of `length`
  };
  Kind kind = Kind::none;
  std::int64_t length = 0;
  bool grows = false;    ///< it is unlimited
  bool classic = false;  ///< the file keeps to NetCDF's classic model: no unsigned numbers, none of 64 bits but floats
};
/// Kind::none where there is no file, or one of another format. throws IoError (not readable, damaged).
TESSERA_API DimensionThere find_dimension(const std::string& file, const std::string& name);

/// A coordinate as it is cut: the elements start, start + step, ... of `sources` one behind the other.
struct CoordinateCut {
  std::vector<std::string> sources;
  std::int64_t start = 0, step = 1, length = 0;
};
/// True when the coordinate `there` ("o.nc:/lat") has these elements, and units, calendar and packing as the first of
/// the sources. throws IoError.
TESSERA_API bool is_same_coordinate(const std::string& there, const CoordinateCut& cut);

}  // namespace tessera

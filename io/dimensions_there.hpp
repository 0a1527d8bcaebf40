#pragma once
// The dimensions that a file has already: results that are added to it share those that are theirs.
#include <compare>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>

namespace tessera {

/// What a file has under the name of a dimension (HDF5: in its root group).
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

/// A coordinate as it is cut: runs of the elements of `sources`, which lie one behind the other.
struct CoordinateCut {
  struct Run {
    std::int64_t start = 0, step = 1, length = 0;  ///< the elements start, start + step, ...
    auto operator<=>(const Run&) const = default;
  };
  std::vector<std::string> sources;
  std::vector<Run> runs;
  auto operator<=>(const CoordinateCut&) const = default;
};
std::int64_t length_of(const CoordinateCut& cut);
/// True when the coordinate `there` ("o.nc:/lat") has these elements, no more, and is the same otherwise, too. throws
/// IoError.
TESSERA_API bool is_same_coordinate(const std::string& there, const CoordinateCut& cut);
/// True when both have the same elements, units, calendar and packing. throws IoError.
TESSERA_API bool are_same_coordinates(const CoordinateCut& a, const CoordinateCut& b);
/// True when two operands with these coordinates lie on the same points: the same units, and values that differ by the
/// rounding of float32 at most. throws IoError.
TESSERA_API bool are_same_points(const CoordinateCut& a, const CoordinateCut& b);

}  // namespace tessera

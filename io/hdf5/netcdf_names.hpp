#pragma once
// Names that NetCDF keeps for itself. A variable that has the name of a dimension without being its coordinate can't
// lie under that name, where the dimension is: it is stored under a name of its own.
//
//   dimensions x, y; variable y(x)    stored as /y (the dimension) and /_nc4_non_coord_y (the variable)
#include <string>

namespace tessera::io::hdf5 {

/// "/g/_nc4_non_coord_y" -> "/g/y": what a path in the file is called. Other paths are what they are called.
std::string variable_path(const std::string& stored);
/// "/g/y" -> "/g/_nc4_non_coord_y": where the variable lies if /g/y is a dimension.
std::string path_beside_dimension(const std::string& path);

}  // namespace tessera::io::hdf5

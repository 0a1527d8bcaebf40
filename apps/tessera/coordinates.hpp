#pragma once
// Where the values of a dimension are: by NetCDF's convention in the 1-d dataset of its name, in the group of the array
// or above.
#include <map>
#include <set>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// Looks into each file once.
class CoordinateFinder {
 public:
  /// "climate.nc:/time", or several, each ended by a zero byte, where the array is of many files; empty when there is
  /// none.
  std::string find(const StoreInfo& array, int axis);
  std::string find(const SourceName& array, const std::string& dimension);

 private:
  std::map<std::string, std::set<std::string>> lists_;
};

/// The sources of a coordinate: one, or several with zero bytes between them, which no name of a file has.
std::vector<std::string> lines_of(const std::string& sources);

}  // namespace tessera::command

#pragma once
// What goes along with results into HDF5 files: attributes, names of dimensions, and coordinates. A coordinate is what
// NetCDF calls one: the 1-d dataset of the source's file that has the dimension's name, in the array's group or a group
// above it. It is written beside the results, cut as they are, under the dimension's name:
//
//   y = t[::2] * 2 of climate.nc:/t (time, lat, lon)  writes /y, and /time (every second), /lat, /lon
//
// Dimensions of one file that have a name in common but other lengths or coordinates get numbers: time, time_2; so do
// those of a file that is added to.
#include <functional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

struct CarryOptions {
  bool raw = false;     ///< elements are as in the sources' files: attributes of their packing come along
  bool append = false;  ///< targets may be there: their dimensions are shared, their attributes stay
  std::function<void(const std::string&)> warn{};  ///< of coordinates that could not come along
};
/// Gives the writing sinks to HDF5 files their attributes and dimensions; attributes that a sink has already stay, an
/// empty text stands for none of that name. returns: sinks that write the coordinates.
/// Collective: sources' files are looked into. throws IoError.
/// file_attributes: gets those of the first result whose source's file has some.
std::vector<Sink> carry_labels(Session& session, std::vector<Sink>& sinks, const CarryOptions& options,
                               std::vector<Attribute>& file_attributes);

}  // namespace tessera::command

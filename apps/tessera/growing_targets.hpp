#pragma once
// Results that are written behind what their datasets have (--append-along), in HDF5 files that have them: attributes
// and dimensions are the file's; the coordinate of the axis, where the file has one, grows along.
//
//   y (time: 3, lat) behind y (time: 120, lat) of all.nc, which has time(time)  appends 3 values to time, too
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// The dataset that a sink grows, as its file has it.
struct GrowingTarget {
  const Sink* sink = nullptr;
  int axis = 0;
  std::string coordinate{};  ///< "all.nc:/time"; empty: the file has none along the axis, or it is the dataset itself
  std::string units{}, calendar{};
  DType dtype = DType::float64;  ///< of the coordinate
};
/// Nothing when the sink does not grow, or its dataset is not there yet. Collective. throws IoError.
std::optional<GrowingTarget> find_growing(Communicator& ranks, const Sink& sink);

/// Sinks that write the coordinates along which `targets` grow; one for each coordinate. Collective.
/// throws UsageError: the values would be in other units than those that are there. warn: is told which coordinate does
/// not grow because a result has none.
std::vector<Sink> coordinates_of_growth(Session& session, const std::vector<GrowingTarget>& targets,
                                        const std::function<void(const std::string&)>& warn);

}  // namespace tessera::command

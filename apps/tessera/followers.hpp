#pragma once
// Variables that go along with a result because its attributes name them, cut as it is:
//
//   y = t[::2, 1:] of t (time, y, x), coordinates = "lat2d height"    /lat2d(y, x)[1:], /height (a scalar)
//   its coordinate /time, bounds = "time_bnds"                       /time_bnds(time, nv)[::2]
//
// One that has a dimension that the result lost stays behind, and so does its name in the attribute.
#include <map>
#include <set>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "target_dimensions.hpp"

namespace tessera::command {

/// An axis of a source, and what became of it.
struct AxisCut {
  std::string source;      ///< its name there
  std::int64_t whole = 0;  ///< its length there
  std::vector<CoordinateCut::Run> runs{};
  std::string target;  ///< its name in the target
};

class Followers {
 public:
  using Files = std::map<std::string, TargetDimensions>;
  /// taken: "o.nc:/y", the datasets that are written in any case. All member functions are collective.
  Followers(Session& session, Files& files, std::set<std::string> taken)
      : session_(session), files_(files), taken_(std::move(taken)) {}

  /// sink: writes a coordinate, elements of `sources` one behind the other, which have these attributes.
  void add_bounds(Sink& sink, const std::vector<std::string>& sources, const std::vector<Attribute>& attributes,
                  const AxisCut& cut);
  /// sink: writes a result with these labels, its dimensions named.
  void add_auxiliary(Sink& sink, const Labels& labels);
  /// Those that write what was added.
  std::vector<Sink> take_sinks() { return std::move(sinks_); }

 private:
  /// others: axes that `cuts` has not are whole. returns: the name in the target; empty when it does not follow.
  std::string follow(const std::string& file, const std::string& name, const std::vector<std::string>& sources,
                     const std::vector<AxisCut>& cuts, bool others);
  std::string free_name(const std::string& file, const std::string& name);

  Session& session_;
  Files& files_;
  std::set<std::string> taken_;
  std::map<std::string, std::string> known_;  // names by what they are: target, sources, cuts
  std::vector<Sink> sinks_;
};

}  // namespace tessera::command

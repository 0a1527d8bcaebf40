#pragma once
// The coordinates of the sources' dimensions as arrays, which are found and opened once.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "coordinates.hpp"

namespace tessera::command {

/// All member functions are collective.
class CoordinateArrays {
 public:
  /// warn: is told why a coordinate can't come along that would have, had the files or operands agreed.
  CoordinateArrays(Session& session, std::function<void(const std::string&)> warn)
      : session_(session), warn_(std::move(warn)) {}

  /// Of an axis with this label; nothing where it has none, or operands have different ones.
  std::optional<CoordinateCut> of(const AxisLabel& axis);
  /// The elements of all sources, one behind the other, as `of` has found them.
  const Array& whole(const CoordinateCut& cut) { return *open(cut.sources).array; }

 private:
  struct Opened {
    std::optional<Array> array;  ///< nothing when it holds no numbers, as names of stations, or those of no one kind
    std::string why;             ///< not
  };
  const std::string& source(const std::string& store, const std::string& dimension);
  std::optional<CoordinateCut> of(const std::string& name, const AxisLabel::Origin& origin);
  bool are_same(const CoordinateCut& a, const CoordinateCut& b);
  const Opened& open(const std::vector<std::string>& sources);
  Opened open_all(const std::vector<std::string>& sources);
  Array open_each(const std::vector<std::string>& sources);

  Session& session_;
  std::function<void(const std::string&)> warn_;
  CoordinateFinder finder_;
  std::map<std::pair<std::string, std::string>, std::string> sources_;
  std::map<std::vector<std::string>, Opened> arrays_;
};

/// `runs` of the indices of an axis, one after another.
Array cut(const Array& x, int axis, const std::vector<CoordinateCut::Run>& runs);

}  // namespace tessera::command

#pragma once
// The coordinates of the sources' dimensions: where they are, and how they are cut.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "coordinates.hpp"
#include "source_arrays.hpp"

namespace tessera::command {

/// All member functions are collective.
class CoordinateArrays {
 public:
  /// warn: is told why a coordinate can't come along that would have, had the files or operands agreed.
  CoordinateArrays(Session& session, SourceArrays& arrays, std::function<void(const std::string&)> warn)
      : session_(session), arrays_(arrays), warn_(std::move(warn)) {}

  /// Of an axis with this label; nothing where it has none, or operands have different ones.
  std::optional<CoordinateCut> of(const AxisLabel& axis);
  /// The elements of all sources, one behind the other, as `of` has found them.
  const Array& whole(const CoordinateCut& cut) { return *arrays_.open(cut.sources).array; }

 private:
  const std::string& source(const std::string& store, const std::string& dimension);
  std::optional<CoordinateCut> of(const std::string& name, const AxisLabel::Origin& origin);
  bool are_same(const CoordinateCut& a, const CoordinateCut& b);

  Session& session_;
  SourceArrays& arrays_;
  std::function<void(const std::string&)> warn_;
  CoordinateFinder finder_;
  std::map<std::pair<std::string, std::string>, std::string> sources_;
};

}  // namespace tessera::command

#pragma once
// What a file that is added to (--append) holds already: a coordinate that is there is shared, not written again.
#include <set>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// Every `step`th value from `start` on of a coordinate: `length` of them. The sources are one dataset, or the parts of
/// one in order.
struct CutCoordinate {
  std::vector<std::string> sources;
  std::int64_t start = 0, step = 1, length = 0;
};

class Existing {
 public:
  /// Collective: rank 0 looks. A file that is not there, or none of HDF5, holds nothing.
  Existing(Session& session, const std::string& file);
  bool is_empty() const { return datasets_.empty(); }
  /// dataset: "/lat".
  bool holds(const std::string& dataset) const { return datasets_.contains(dataset); }
  /// True when the dataset is 1-d and has just these values, of the same dtype. Collective.
  bool is_same(const std::string& dataset, const CutCoordinate& coordinate);

 private:
  Session& session_;
  std::string file_;
  std::set<std::string> datasets_;
};

}  // namespace tessera::command

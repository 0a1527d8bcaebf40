#include "target_dimensions.hpp"

#include <filesystem>

#include <tessera/tessera.hpp>

#include "launch.hpp"

namespace tessera::command {

TargetDimensions::TargetDimensions(Communicator& ranks, const std::string& there, bool netcdf)
    : ranks_(ranks), netcdf_(netcdf) {
  std::string found;
  std::error_code ignored;
  together(ranks, [&] {
    if (ranks.rank() != 0 || there.empty() || !std::filesystem::exists(there, ignored)) return;
    found = (find_dimension(there, "x").classic ? "c" : "n") + there;
  });
  ranks.broadcast(found, 0);
  classic_ = found.starts_with('c');
  if (!found.empty()) there_ = found.substr(1);
}

Array TargetDimensions::held(const Array& variable, const std::string& name,
                             const std::function<void(const std::string&)>& warn) const {
  const DType t = variable.dtype();
  if (!classic_ || !is_integer(t) || !(is_unsigned_integer(t) || t == DType::int64)) return variable;
  if (warn)
    warn(name + " is written as float64: " + there_ + " keeps to NetCDF's classic model, which has no " + to_string(t));
  return astype(variable, DType::float64);
}

bool TargetDimensions::is_bare(const std::string& name, std::int64_t length) {
  const There there = look(name, {length, {}});
  return there == There::same || there == There::same_and_grows;
}

// Of several files that have the same coordinate.
bool TargetDimensions::are_same(const Dimension& a, const Dimension& b) {
  if (a == b) return true;
  if (a.length != b.length || !a.has_coordinate() || !b.has_coordinate()) return false;
  std::string same = "n";
  together(ranks_, [&] {
    if (ranks_.rank() == 0 && are_same_coordinates(a.coordinate, b.coordinate)) same = "y";
  });
  ranks_.broadcast(same, 0);
  return same == "y";
}

// Rank 0 looks into the file.
TargetDimensions::There TargetDimensions::look(const std::string& name, const Dimension& dimension) {
  if (there_.empty()) return There::nothing;
  std::string found(1, '\0');
  together(ranks_, [&] {
    if (ranks_.rank() != 0) return;
    using Kind = DimensionThere::Kind;
    const DimensionThere old = find_dimension(there_, name);
    // A result that is the coordinate of a dimension without values becomes that.
    const bool fills = old.kind == Kind::bare && results_.contains("/" + name) && results_.at("/" + name) == dimension;
    const bool same_kind = fills || old.kind == (dimension.has_coordinate() ? Kind::coordinate : Kind::bare);
    const bool same =
        same_kind && old.length == dimension.length &&
        (fills || !dimension.has_coordinate() || is_same_coordinate(there_ + ":/" + name, dimension.coordinate));
    found[0] = static_cast<char>(old.kind == Kind::none ? There::nothing
                                 : !same                ? There::another
                                 : old.grows            ? There::same_and_grows
                                                        : There::same);
  });
  ranks_.broadcast(found, 0);
  return static_cast<There>(found[0]);
}

bool TargetDimensions::has(const std::string& name) {
  return dimensions_.contains(name) || look(name, {}) != There::nothing;
}

std::string TargetDimensions::name_of(const std::string& name, const Dimension& dimension) {
  for (int k = 1;; k++) {
    const std::string numbered = k == 1 ? name : name + "_" + std::to_string(k);
    const auto result = results_.find("/" + numbered);
    const bool beside = netcdf_ && !dimension.has_coordinate() && result != results_.end() && !result->second;
    if (result != results_.end() && !beside && !(result->second && are_same(*result->second, dimension)))
      continue;  // the name of something else
    if (const auto known = dimensions_.find(numbered); known != dimensions_.end()) {
      if (are_same(known->second, dimension)) return numbered;
      continue;
    }
    const There there = look(numbered, dimension);
    if (there == There::another) continue;
    dimensions_.emplace(numbered, dimension);
    if (there != There::nothing) shared_.insert(numbered);
    if (there == There::same_and_grows) growing_.insert(numbered);
    return numbered;
  }
}

}  // namespace tessera::command

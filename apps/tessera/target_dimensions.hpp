#pragma once
// The dimensions of one target file, by name. Two results share a dimension when it has the same name, length and
// coordinate; another one of that name gets a number: lat, lat_2, lat_3. What is in a file that is added to counts like
// what this call writes:
//
//   o.nc has lat (5), coordinate -60 ... 60      y (lat: 5, -60 ... 60)  shares lat
//                                                z (lat: 5,  60 ... -60) gets lat_2, which is written
#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// What makes a dimension the same for two results.
struct Dimension {
  std::int64_t length = 0;
  CoordinateCut coordinate{};  ///< no sources: none
  bool has_coordinate() const { return !coordinate.sources.empty(); }
  auto operator<=>(const Dimension&) const = default;
};

class TargetDimensions {
 public:
  /// there: the file that is added to, if it is there; empty: none. Collective.
  /// netcdf: a dimension without values may have the name of a result.
  TargetDimensions(Communicator& ranks, const std::string& there, bool netcdf);
  bool is_added_to() const { return !there_.empty(); }
  /// A variable that goes along as the file can hold it: where that is one of NetCDF's classic model, large and
  /// unsigned integers become float64, which `warn` is told.
  Array held(const Array& variable, const std::string& name, const std::function<void(const std::string&)>& warn) const;

  /// dimension: that the result is a coordinate of, if any.
  void add_result(const std::string& dataset, const std::optional<Dimension>& dimension) {
    results_.emplace(dataset, dimension);
  }
  /// Whether the file has a dimension of that name and length without values, which a result may give it. Collective.
  bool is_bare(const std::string& name, std::int64_t length);
  /// The name that the dimension has in the file: `name`, or with a number when that is another one's. Collective.
  /// throws IoError when the file can't be read.
  std::string name_of(const std::string& name, const Dimension& dimension);
  /// The dimension of that name in the file is to be unlimited: some result has its elements from one that is. One that
  /// the file had before stays as it is.
  void let_grow(const std::string& name) {
    if (!shared_.contains(name)) growing_.insert(name);
  }
  bool grows(const std::string& name) const { return growing_.contains(name); }
  /// Whether the name is a dimension's, or that of anything in the file that is added to. Collective.
  bool has(const std::string& name);
  /// Coordinates that are to be written: neither there nor results.
  template <class F>
  void for_each_coordinate(F&& f) const {
    for (const auto& [name, dimension] : dimensions_)
      if (dimension.has_coordinate() && !shared_.contains(name) && !results_.contains("/" + name)) f(name, dimension);
  }

 private:
  enum class There : char { nothing, same, same_and_grows, another };
  bool are_same(const Dimension& a, const Dimension& b);
  There look(const std::string& name, const Dimension& dimension);

  Communicator& ranks_;
  std::string there_;  // empty: no file is added to
  bool netcdf_, classic_ = false;
  std::map<std::string, Dimension> dimensions_;
  std::set<std::string> shared_;  // of those, the ones that the file has
  std::set<std::string> growing_;
  std::map<std::string, std::optional<Dimension>> results_;
};

}  // namespace tessera::command

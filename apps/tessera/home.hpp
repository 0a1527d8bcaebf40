#pragma once
// Home: the dataset that a result's dimensions come from, of one file or of many that are joined, and what became of
// each dimension. What the dataset's attributes name is looked for beside it, and cut as the result is:
//
//   y = t[::2, 3] of a.nc:/t (time, lat, lon)     time: every second, lat: dropped at index 3, lon: whole
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// A dimension of the home, and what became of it.
struct DimensionCut {
  std::string source;      ///< its name there
  std::int64_t whole = 0;  ///< its length there, of all files together
  std::vector<CoordinateCut::Run> runs{};
  std::string target{};  ///< its name in the target; empty: an integer index took one element
};

struct Home {
  std::vector<std::string> parts;       ///< "a.nc:/t"
  std::vector<std::int64_t> lengths{};  ///< of the parts, where there are several, along the dimension that they are
  std::string joined{};                 ///< joined along
  std::vector<Attribute> attributes{};  ///< that name others, of all that give the result elements
  std::vector<std::string> givers{};    ///< of the datasets that an expression joins those that have some of them
  std::set<std::string> dimensions{};   ///< all of them, also those that the result lost
  std::vector<DimensionCut> cuts{};     ///< of those that it has
  std::map<std::string, std::string> names{};  ///< of the coordinates of dimensions in the target, by those in the file
  std::map<std::string, std::string> others{};  ///< of other variables that went along; empty: one stays behind
  std::string counted_by{};  ///< by which coordinate what has no units counts (SourceOptions); empty: by none
  bool is_alone = false;     ///< one of the datasets that another home joins: for what that one lacks

  /// Null when the result has no such dimension.
  const DimensionCut* cut_of(const std::string& dimension, std::int64_t length) const;
};

/// Of each dataset that gives the result elements, and of each that gives it a dimension; first those that are joined.
/// targets: names of the axes in the target. Nothing where the labels tell of no dataset.
std::vector<Home> homes_of(const Labels& labels, const std::vector<std::string>& targets);

/// `runs` of the indices of an axis, one after another.
Array cut(const Array& x, int axis, const std::vector<CoordinateCut::Run>& runs);

}  // namespace tessera::command

#pragma once
// Attributes that name other variables, by the CF conventions (chapters 4 to 7) and UGRID.
//
//   coordinates = "lat lon height"                       grid_mapping = "crs", or "crs: x y geoid: lat lon"
//   cell_measures = "area: cell_area"                    formula_terms = "a: hyam b: hybm ps: PS"
#include <functional>
#include <optional>
#include <string>

namespace tessera::command {

/// How a variable that an attribute names goes along with the one that has the attribute.
struct ReferenceRule {
  bool other_axes = false;  ///< it may have axes of its own: the corners of bounds
  bool uncut = false;       ///< only as a whole: its elements are indices, or belong to several cells
  bool whole = false;       ///< where one name stays behind, the attribute says nothing any more
  bool container = false;   ///< it is there for its attributes
  bool compared = false;    ///< what lacks the axis that files are joined along has to be the same in all of them
};
/// Nothing: such an attribute stays behind, as those that name dimensions (compress, sample_dimension).
std::optional<ReferenceRule> reference_rule(const std::string& attribute);

/// True for attributes in which several names can stand; others say one thing.
bool is_list_of_names(const std::string& attribute);

/// A name in such an attribute.
struct ReferencedName {
  std::string name;
  bool of_coordinate = false;  ///< behind the name of a grid mapping: one of the coordinates that it is for
};
/// `text` of the attribute with other names. in_target: what a variable is called there; empty: it stays behind, and so
/// does its name. returns: empty when nothing is left.
std::string with_names(const std::string& attribute, const std::string& text,
                       const std::function<std::string(const ReferencedName&)>& in_target);
/// Two such texts as one: "lat lon" and "lat height" are "lat lon height", and of "area: a" and "area: b volume: v" the
/// second adds the volume.
std::string united(const std::string& text, const std::string& more);

}  // namespace tessera::command

#include "references.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

namespace tessera::command {
namespace {

/// "area: a" is {"area", {"a"}}, "lat lon" {"", {"lat", "lon"}}.
struct Group {
  std::string key;
  std::vector<std::string> names{};
};

std::vector<Group> groups_of(std::string text) {
  for (std::size_t at = 0; (at = text.find(':', at)) != std::string::npos; at += 2) text.replace(at, 1, ": ");
  std::vector<Group> groups;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word.ends_with(':')) {
      word.pop_back();
      groups.push_back({word});
    } else {
      if (groups.empty()) groups.emplace_back();
      groups.back().names.push_back(word);
    }
  }
  return groups;
}

}  // namespace

std::optional<ReferenceRule> reference_rule(const std::string& attribute) {
  constexpr ReferenceRule container{.other_axes = true, .uncut = true, .container = true},
      cells{.other_axes = true, .uncut = true, .whole = true};
  static const std::map<std::string, ReferenceRule> rules = {
      {"coordinates", {.compared = true}},
      {"cell_measures", {}},
      {"ancillary_variables", {}},
      {"bounds", {.other_axes = true}},
      {"climatology", {.other_axes = true}},
      {"formula_terms", {.other_axes = true, .whole = true}},
      {"grid_mapping", {.other_axes = true, .container = true}},
      {"geometry", container},
      {"mesh", container},
      {"nodes", cells},
      {"node_count", cells},
      {"part_node_count", cells},
      {"interior_ring", cells},
  };
  if (attribute.ends_with("_coordinates") || attribute.ends_with("_connectivity")) return cells;
  const auto found = rules.find(attribute);
  return found == rules.end() ? std::nullopt : std::optional(found->second);
}

bool is_list_of_names(const std::string& attribute) {
  return attribute == "coordinates" || attribute == "cell_measures" || attribute == "ancillary_variables";
}

std::string with_names(const std::string& attribute, const std::string& text,
                       const std::function<std::string(const ReferencedName&)>& in_target) {
  const bool names_mappings = attribute == "grid_mapping";
  const auto rule = reference_rule(attribute);
  std::string result;
  const auto add = [&](const std::string& word) { result += (result.empty() ? "" : " ") + word; };
  for (Group& group : groups_of(text)) {
    const bool is_mapping = names_mappings && !group.key.empty();
    if (is_mapping) group.key = in_target({group.key});
    if (is_mapping && group.key.empty()) continue;
    std::vector<std::string> names;
    for (const auto& name : group.names)
      if (auto there = in_target({name, is_mapping}); !there.empty()) names.push_back(std::move(there));
    if (rule && rule->whole && names.size() != group.names.size()) return {};
    if (names.empty()) continue;
    if (!group.key.empty()) add(group.key + ":");
    for (const auto& name : names) add(name);
  }
  return result;
}

std::string united(const std::string& text, const std::string& more) {
  const std::vector<Group> groups = groups_of(text);
  std::string all = text;
  const auto add = [&](const std::string& word) { all += (all.empty() ? "" : " ") + word; };
  for (const Group& group : groups_of(more)) {
    const auto mine =
        std::find_if(groups.begin(), groups.end(), [&](const Group& known) { return known.key == group.key; });
    if (mine != groups.end() && !group.key.empty()) continue;
    if (!group.key.empty()) add(group.key + ":");
    for (const auto& name : group.names)
      if (mine == groups.end() || std::find(mine->names.begin(), mine->names.end(), name) == mine->names.end())
        add(name);
  }
  return all;
}

}  // namespace tessera::command

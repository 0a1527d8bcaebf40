// What several datasets name together: coordinates are the union of theirs, as long as those of one name are the same.
#include <algorithm>
#include <set>

#include "followers.hpp"

namespace tessera::command {
namespace {

/// The names of variables in such an attribute.
std::vector<std::string> names_in(const Attribute& a) {
  std::vector<std::string> names;
  const auto* text = std::get_if<std::string>(&a.value);
  if (text != nullptr)
    static_cast<void>(with_names(a.name, *text, [&](const ReferencedName& r) {
      if (!r.of_coordinate) names.push_back(r.name);
      return r.name;
    }));
  return names;
}

const Attribute* named(const std::vector<Attribute>& attributes, const std::string& name) {
  const auto at =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return at == attributes.end() ? nullptr : &*at;
}

std::string text_of(const Attribute& a) {
  const auto* text = std::get_if<std::string>(&a.value);
  return text == nullptr ? "no text" : "'" + *text + "'";
}

void add_names(std::vector<Attribute>& all, const Attribute& a) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const Attribute& b) { return b.name == a.name; });
  if (at == all.end()) {
    all.push_back(a);
    return;
  }
  auto& text = std::get<std::string>(at->value);
  const auto& more = std::get<std::string>(a.value);
  if (is_list_of_names(a.name))
    text = united(text, more);
  else if (more.size() > text.size())  // "crs: x y" of the home that has x and y
    text = more;
}

}  // namespace

void Followers::settle(const std::string& file, std::vector<Home>& homes, const std::vector<std::size_t>& naming,
                       const std::string& name, const ReferenceRule& rule) {
  std::optional<Following> first;
  std::string first_part;
  const auto stays_behind = [&](std::size_t from) {
    for (auto k = from; k < naming.size(); k++) homes[naming[k]].others[name] = "";
  };
  for (std::size_t k = 0; k < naming.size(); k++) {
    const Home& home = homes[naming[k]];
    if (home.names.contains(name)) return;  // a coordinate of a dimension
    // What is joined is no longer that of one of them; what is there for its attributes is.
    if (first && home.is_alone && !homes[naming[0]].is_alone && !rule.container) return stays_behind(k);
    auto found = following(file, home, name, rule);
    if (!found) continue;
    if (!first) {
      first = std::move(found);
      first_part = home.parts[0];
    } else if (found->key != first->key && !are_same(found->sink, first->sink, rule.container)) {
      if (warn_) warn_(name + " is left out: those of " + first_part + " and " + home.parts[0] + " differ");
      return stays_behind(0);
    }
  }
}

// Attributes that are no lists say one thing: none of two homes that say another.
void Followers::drop_contradictions(const std::vector<Home>& homes, std::vector<std::vector<Attribute>>& attributes) {
  std::map<std::string, std::string> contradicted;  // by name: what they say
  for (std::size_t k = 0; k < homes.size(); k++)
    for (const auto& a : attributes[k])
      for (std::size_t other = k + 1; other < homes.size(); other++)
        if (const Attribute* b = is_list_of_names(a.name) ? nullptr : named(attributes[other], a.name);
            b != nullptr && b->value != a.value)
          contradicted.try_emplace(
              a.name, text_of(a) + " of " + homes[k].parts[0] + " and " + text_of(*b) + " of " + homes[other].parts[0]);
  for (auto& mine : attributes) std::erase_if(mine, [&](const Attribute& a) { return contradicted.contains(a.name); });
  for (const auto& [name, texts] : contradicted)
    if (warn_) warn_(name + " is left out: " + texts + " differ");
}

std::vector<Attribute> Followers::follow(const std::string& file, std::vector<Home>& homes,
                                         std::vector<std::vector<Attribute>> attributes) {
  if (homes.size() == 1) return follow(file, homes[0], attributes[0]);
  drop_contradictions(homes, attributes);
  std::map<std::string, std::pair<ReferenceRule, std::vector<std::size_t>>> naming;  // homes that name a variable
  for (std::size_t k = 0; k < homes.size(); k++)
    for (const auto& a : attributes[k])
      if (const auto rule = reference_rule(a.name); rule)
        for (const auto& name : names_in(a)) {
          auto& [its_rule, numbers] = naming.try_emplace(name, *rule, std::vector<std::size_t>()).first->second;
          if (numbers.empty() || numbers.back() != k) numbers.push_back(k);
        }
  for (const auto& [name, rule_and_homes] : naming)
    if (rule_and_homes.second.size() > 1) settle(file, homes, rule_and_homes.second, name, rule_and_homes.first);
  std::vector<Attribute> all;
  for (std::size_t k = 0; k < homes.size(); k++)
    for (const auto& a : follow(file, homes[k], attributes[k])) add_names(all, a);
  return all;
}

}  // namespace tessera::command

#include "coordinates.hpp"

#include <sstream>

namespace tessera::command {

std::vector<std::string> lines_of(const std::string& sources) {
  std::vector<std::string> lines;
  std::istringstream text(sources);
  for (std::string line; std::getline(text, line, '\0');) lines.push_back(line);
  return lines;
}

std::string CoordinateFinder::find(const StoreInfo& array, int axis) {
  const auto i = static_cast<std::size_t>(axis);
  if (i < array.coordinates.size() && !array.coordinates[i].empty()) return array.coordinates[i];
  return i < array.dimensions.size() ? find(parse_source(array.name), array.dimensions[i]) : std::string();
}

std::string CoordinateFinder::find(const SourceName& array, const std::string& dimension) {
  if (array.dataset.empty() || dimension.empty() || dimension.find('/') != std::string::npos) return {};
  auto& listed = lists_[array.file];
  if (listed.empty())
    for (const auto& info : list_datasets(array.file)) {
      // A variable y(x) is no coordinate of a dimension y.
      const std::string path = parse_source(info.name).dataset;
      const bool own = info.dimensions.empty() || info.dimensions[0] == path.substr(path.rfind('/') + 1);
      if (info.shape.size() == 1 && own) listed.insert(path);
    }
  for (std::string group = array.dataset; !group.empty();) {
    group.erase(group.rfind('/'));
    if (const std::string path = group + "/" + dimension; listed.contains(path)) return array.file + ":" + path;
  }
  return {};
}

}  // namespace tessera::command

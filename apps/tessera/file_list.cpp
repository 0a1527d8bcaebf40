#include "file_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "described.hpp"
#include "json_values.hpp"

namespace tessera::command {
namespace {

using Json = nlohmann::ordered_json;

std::string name_of(const ListedDataset& listed) {
  return std::visit([](const auto& d) { return printable(d.name); }, listed);
}

std::string line_of(const StoreInfo& i) {
  std::string line = fmt::format("{}  {}", to_string(i.dtype), to_string(i.shape));
  if (!i.dimensions.empty()) line += fmt::format("  {}", fmt::join(dimension_texts(i), ", "));
  if (i.chunked && i.grid.count() > 0) line += "  chunks " + to_string(i.grid.largest());
  return line + (i.filters.empty() ? "" : "  " + i.filters);
}

std::string line_of(const UnreadDataset& u) {
  std::string line = printable(u.holds);
  if (u.shape) line += (line.empty() ? "" : "  ") + to_string(*u.shape);
  return line + (line.empty() ? "" : "  ") + printable(u.why);
}

std::string line_of(const LinkedDataset& l) { return "a link to " + printable(l.target); }

}  // namespace

std::string file_list_text(const std::string& file, const std::vector<ListedDataset>& datasets) {
  const auto unread = std::count_if(datasets.begin(), datasets.end(),
                                    [](const auto& d) { return std::holds_alternative<UnreadDataset>(d); });
  const auto links = std::count_if(datasets.begin(), datasets.end(),
                                   [](const auto& d) { return std::holds_alternative<LinkedDataset>(d); });
  const auto readable = static_cast<std::ptrdiff_t>(datasets.size()) - unread - links;
  std::string text = fmt::format("{}: {} dataset{}", printable(file), readable, readable == 1 ? "" : "s");
  if (unread > 0) text += fmt::format(", and {} that can't be read", unread);
  text += "\n";
  std::size_t widest = 0;
  for (const auto& d : datasets) widest = std::max(widest, name_of(d).size());
  for (const auto& d : datasets)
    text += fmt::format("  {:<{}}  {}\n", name_of(d), widest, std::visit([](const auto& v) { return line_of(v); }, d));
  return text;
}

Json unread_json(const UnreadDataset& u) {
  return {{"name", u.name},  {"format", u.format}, {"shape", u.shape ? json_dims(*u.shape) : Json()},
          {"dtype", Json()}, {"holds", u.holds},   {"not_read", u.why}};
}

Json linked_json(const LinkedDataset& l) {
  return {{"name", l.name}, {"format", l.format}, {"shape", Json()}, {"dtype", Json()}, {"link_to", l.target}};
}

}  // namespace tessera::command

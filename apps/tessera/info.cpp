#include "info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "coordinates.hpp"
#include "described.hpp"
#include "error_text.hpp"
#include "file_list.hpp"
#include "json_text.hpp"
#include "json_values.hpp"
#include "output.hpp"
#include "sources.hpp"

namespace tessera::command {
namespace {

using Json = nlohmann::ordered_json;

/// As what elements of another dtype are read, or why their packing makes no sense; else nothing.
struct ReadAs {
  std::string dtype{}, refusal{};
};
ReadAs read_as(const StoreInfo& i, bool raw) try {
  return {raw || decoded_dtype(i) == i.dtype ? "" : to_string(decoded_dtype(i))};
} catch (const UsageError& e) {
  return {"", with_option_names(e.what())};
}

Json to_json(const StoreInfo& i, bool raw, const std::vector<Coordinate>& coordinates) {
  Json j = {{"name", i.name},
            {"format", i.format},
            {"shape", json_dims(i.shape)},
            {"dtype", to_string(i.dtype)},
            {"bytes", checked_multiply(num_elements(i.shape), item_size(i.dtype))},
            {"stored_bytes", i.stored_bytes}};
  if (i.stored_estimated) j["stored_bytes_estimated"] = true;
  const ReadAs as = read_as(i, raw);
  if (!as.dtype.empty()) j["read_as"] = as.dtype;
  if (!as.refusal.empty()) j["read_refused"] = as.refusal;
  j["chunks"] = i.chunked ? json_dims(i.grid.largest()) : Json();
  j["filters"] = i.filters;
  j["dimensions"] = i.dimensions;
  Json ranges = Json::object();
  for (const auto& c : coordinates) ranges[c.name] = coordinate_json(c);
  j["coordinates"] = ranges;
  j["unlimited"] = unlimited_dimensions(i);
  j["attributes"] = attributes_json(i.attributes);
  for (const auto& a : i.unread_attributes) j["unread_attributes"][a.name] = a.holds;
  return j;
}

/// Whatever a file brings into a text, no terminal obeys it. All that people read of info goes through here.
template <class... T>
void tell(fmt::format_string<T...> format, T&&... values) {
  write_text(stdout, printable_lines(fmt::format(format, std::forward<T>(values)...)));
}

void line(const char* label, const std::string& text) { tell("  {:<12}{}\n", label, printable(text)); }

void print_attributes(const char* title, const std::vector<Attribute>& attributes,
                      const std::vector<UnreadAttribute>& unread) {
  if (!attributes.empty() || !unread.empty()) tell("  {}\n", title);
  for (const auto& a : attributes) tell("    {} = {}\n", printable(a.name), attribute_text(a));
  for (const auto& a : unread) tell("    {}: not read; {}\n", printable(a.name), printable(a.holds));
}

void print_coordinates(const std::vector<Coordinate>& coordinates) {
  if (coordinates.empty()) return;
  tell("  coordinates\n");
  std::size_t widest = 0, longest = 0;
  for (const auto& c : coordinates) {
    widest = std::max(widest, printable(c.name).size());
    longest = std::max(longest, std::to_string(c.length).size());
  }
  for (const auto& c : coordinates)
    tell("    {:<{}}  {:>{}}  {}\n", printable(c.name), widest, c.length, longest, range_text(c));
}

void print_details(const StoreInfo& i, bool raw, const std::vector<Coordinate>& coordinates) {
  const std::int64_t bytes = checked_multiply(num_elements(i.shape), item_size(i.dtype));
  tell("{}\n", printable(i.name));
  line("format", i.format);
  line("shape", to_string(i.shape));
  const ReadAs as = read_as(i, raw);
  line("dtype", to_string(i.dtype) + (as.dtype.empty() ? "" : ", read as " + as.dtype) +
                    (as.refusal.empty() ? "" : ", read with --raw only: " + as.refusal));
  if (!i.dimensions.empty()) line("dimensions", fmt::format("{}", fmt::join(dimension_texts(i), ", ")));
  line("chunks", i.chunked && i.grid.count() == 0 ? "none yet"
                 : i.chunked
                     ? fmt::format("{} ({} of {})", to_string(i.grid.largest()), i.grid.count(),
                                   format_size(checked_multiply(num_elements(i.grid.largest()), item_size(i.dtype))))
                     : "none (contiguous)");
  if (!i.filters.empty()) line("filters", i.filters);
  line("size", i.stored_bytes != bytes ? fmt::format("{}, {}{} in the file", format_size(bytes),
                                                     i.stored_estimated ? "about " : "", format_size(i.stored_bytes))
                                       : format_size(bytes));
  print_coordinates(coordinates);
  print_attributes("attributes", i.attributes, i.unread_attributes);
}

// One source, looked into.
struct Looked {
  std::vector<ListedDataset> datasets;
  bool is_one = false;  // one array, of which all is shown
  std::vector<Attribute> file_attributes;
  std::vector<UnreadAttribute> unread_file_attributes;
  std::string file_attributes_why;
};

Looked look(const std::string& source, const Understood& u, const InfoOptions& options) {
  const SourceName name = parse_source(source);
  std::shared_ptr<const Store> store;
  if (u.many)
    store = open_store(describe_sources({source}, options.wishes.concat, u.how));
  else if (u.raw || !name.dataset.empty())
    store = open_store_alone(source, u.how);
  if (store) return {{store->info()}, true, {}, {}, {}};
  FileContents contents = list_file(name.file);
  Looked looked{std::move(contents.datasets), false, std::move(contents.attributes),
                std::move(contents.unread_attributes), std::move(contents.attributes_why)};
  if (looked.datasets.size() == 1)
    if (const auto* only = std::get_if<StoreInfo>(&looked.datasets[0])) {
      looked.datasets = {open_store_alone(only->name)->info()};
      looked.is_one = true;
    }
  return looked;
}

Json listed_json(const ListedDataset& listed, bool raw, CoordinateReader& coordinates) {
  if (const auto* info = std::get_if<StoreInfo>(&listed)) return to_json(*info, raw, coordinates.of(*info));
  if (const auto* unread = std::get_if<UnreadDataset>(&listed)) return unread_json(*unread);
  return linked_json(std::get<LinkedDataset>(listed));
}

void print_looked(const std::string& source, const Looked& looked, bool raw, CoordinateReader& coordinates) {
  if (looked.is_one) {
    const auto& info = std::get<StoreInfo>(looked.datasets[0]);
    print_details(info, raw, coordinates.of(info));
  } else {
    tell("{}", file_list_text(source, looked.datasets));
  }
  print_attributes("attributes of the file", looked.file_attributes, looked.unread_file_attributes);
  if (!looked.file_attributes_why.empty())
    tell("  attributes of the file: {}\n", printable(looked.file_attributes_why));
}

}  // namespace

int run_info(const InfoOptions& options, int ranks) {
  if (options.wishes.untrusted) distrust_files();
  Json all = Json::array();
  int code = 0;
  // A source that can't be opened costs its own line; alone, it is the error.
  const auto unless_broken = [&](const std::string& source, const auto& work) {
    try {
      work();
    } catch (const Error& error) {
      if (options.sources.size() == 1) throw;
      if (code == 0) code = exit_code(error.kind());
      flush_results();
      note("tessera: error: {}{}\n", place_of(error, ranks), error_text(error.what()));
      if (options.json) all.push_back({{"name", source}, {"error", with_option_names(error.what())}});
    }
  };
  UsedWishes used(options.wishes);
  std::vector<std::optional<Understood>> understood(options.sources.size());
  for (std::size_t k = 0; k < options.sources.size(); k++)
    unless_broken(options.sources[k], [&] {
      const std::string& source = options.sources[k];
      understood[k] = understand(source, "", options.wishes);
      used.add(source, "", understood[k]->many, understood[k]->raw);
    });
  if (code == 0) used.require_all();
  CoordinateReader coordinates;
  for (std::size_t k = 0; k < options.sources.size(); k++) {
    if (!understood[k]) continue;
    unless_broken(options.sources[k], [&] {
      const Looked looked = look(options.sources[k], *understood[k], options);
      if (!options.json) return print_looked(options.sources[k], looked, options.wishes.raw, coordinates);
      for (const auto& listed : looked.datasets) all.push_back(listed_json(listed, options.wishes.raw, coordinates));
    });
  }
  if (options.json) write_text(stdout, json_text(all) + "\n");
  return code;
}

}  // namespace tessera::command

#include "info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coordinates.hpp"
#include "described.hpp"
#include "json_text.hpp"
#include "json_values.hpp"
#include "output.hpp"
#include "sources.hpp"

namespace tessera::command {
namespace {

using Json = nlohmann::ordered_json;

/// As what elements of another dtype are read; "refused: ..." where their packing makes no sense; else nothing.
std::string read_as(const StoreInfo& i, bool raw) try {
  return raw || decoded_dtype(i) == i.dtype ? "" : to_string(decoded_dtype(i));
} catch (const UsageError& e) {
  return std::string("refused: ") + e.what();
}

Json to_json(const StoreInfo& i, bool raw, const std::vector<Coordinate>& coordinates) {
  Json j = {{"name", i.name},
            {"format", i.format},
            {"shape", json_dims(i.shape)},
            {"dtype", to_string(i.dtype)},
            {"bytes", checked_multiply(num_elements(i.shape), item_size(i.dtype))},
            {"stored_bytes", i.stored_bytes}};
  if (const std::string t = read_as(i, raw); !t.empty()) j["read_as"] = t;
  j["chunks"] = i.chunked ? json_dims(i.grid.largest()) : Json();
  j["filters"] = i.filters;
  j["dimensions"] = i.dimensions;
  Json ranges = Json::object();
  for (const auto& c : coordinates) ranges[c.name] = coordinate_json(c);
  j["coordinates"] = ranges;
  j["unlimited"] = unlimited_dimensions(i);
  j["attributes"] = attributes_json(i.attributes);
  return j;
}

void line(const char* label, const std::string& text) { say("  {:<12}{}\n", label, text); }

void print_attributes(const char* title, const std::vector<Attribute>& attributes) {
  if (!attributes.empty()) say("  {}\n", title);
  for (const auto& a : attributes) say("    {} = {}\n", a.name, attribute_text(a));
}

void print_coordinates(const std::vector<Coordinate>& coordinates) {
  if (coordinates.empty()) return;
  say("  coordinates\n");
  std::size_t widest = 0, longest = 0;
  for (const auto& c : coordinates) {
    widest = std::max(widest, c.name.size());
    longest = std::max(longest, std::to_string(c.length).size());
  }
  for (const auto& c : coordinates) say("    {:<{}}  {:>{}}  {}\n", c.name, widest, c.length, longest, range_text(c));
}

void print_details(const StoreInfo& i, bool raw, const std::vector<Coordinate>& coordinates) {
  const std::int64_t bytes = checked_multiply(num_elements(i.shape), item_size(i.dtype));
  say("{}\n", i.name);
  line("format", i.format);
  line("shape", to_string(i.shape));
  const std::string as = read_as(i, raw);
  line("dtype", to_string(i.dtype) + (as.empty() ? "" : ", read as " + as));
  if (!i.dimensions.empty()) line("dimensions", fmt::format("{}", fmt::join(dimension_texts(i), ", ")));
  line("chunks", i.chunked && i.grid.count() == 0 ? "none yet"
                 : i.chunked
                     ? fmt::format("{} ({} of {})", to_string(i.grid.largest()), i.grid.count(),
                                   format_size(checked_multiply(num_elements(i.grid.largest()), item_size(i.dtype))))
                     : "none (contiguous)");
  if (!i.filters.empty()) line("filters", i.filters);
  line("size", i.stored_bytes != bytes
                   ? fmt::format("{}, {} in the file", format_size(bytes), format_size(i.stored_bytes))
                   : format_size(bytes));
  print_coordinates(coordinates);
  print_attributes("attributes", i.attributes);
}

void print_list(const std::string& file, const std::vector<StoreInfo>& list,
                const std::vector<Attribute>& file_attributes) {
  say("{}: {} dataset{}\n", file, list.size(), list.size() == 1 ? "" : "s");
  std::size_t widest = 0;
  for (const auto& i : list) widest = std::max(widest, i.name.size());
  for (const auto& i : list)
    say("  {:<{}}  {}  {}{}{}{}\n", i.name, widest, to_string(i.dtype), to_string(i.shape),
        i.dimensions.empty() ? "" : fmt::format("  {}", fmt::join(dimension_texts(i), ", ")),
        i.chunked && i.grid.count() > 0 ? "  chunks " + to_string(i.grid.largest()) : "",
        i.filters.empty() ? "" : "  " + i.filters);
  print_attributes("attributes of the file", file_attributes);
}

}  // namespace

void run_info(const InfoOptions& options) {
  Json all = Json::array();
  UsedWishes used(options.wishes);
  std::vector<Understood> understood;
  for (const auto& source : options.sources) {
    const Understood& u = understood.emplace_back(understand(source, "", options.wishes));
    used.add(source, "", u.many, u.raw);
  }
  used.require_all();
  CoordinateFinder finder;
  for (std::size_t k = 0; k < understood.size(); k++) {
    const std::string& source = options.sources[k];
    const SourceName name = parse_source(source);
    const Understood& u = understood[k];
    std::vector<StoreInfo> list;
    std::vector<Attribute> file_attributes;
    std::shared_ptr<const Store> store;  // when it is one array
    if (u.many) {
      store = open_store(describe_sources({source}, options.wishes.concat, u.how));
    } else if (u.raw || !name.dataset.empty()) {
      store = open_store_alone(source, u.how);
    } else {
      list = list_datasets(name.file);
      if (!list.empty()) store = open_store_alone(list[0].name);
      if (store) file_attributes = store->info().file_attributes;
      if (list.size() != 1) store = nullptr;
    }
    if (store) list = {store->info()};
    if (options.json) {
      for (const auto& i : list) all.push_back(to_json(i, options.wishes.raw, coordinates_of(i, finder)));
    } else if (store) {
      print_details(list[0], options.wishes.raw, coordinates_of(list[0], finder));
      print_attributes("attributes of the file", file_attributes);
    } else {
      print_list(source, list, file_attributes);
    }
  }
  if (options.json) say("{}\n", json_text(all));
}

}  // namespace tessera::command

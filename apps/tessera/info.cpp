#include "info.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "json_text.hpp"

namespace tessera::command {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t longest_list = 20;

template <class T>
std::string number_text(T v) {
  return to_string(Scalar(v));
}

std::string value_text(const Attribute& a) {
  if (const auto* text = std::get_if<std::string>(&a.value)) return "'" + *text + "'";
  return std::visit(
      [](const auto& v) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>) {
          return v;
        } else {
          if (v.size() == 1) return number_text(v[0]);
          std::string text;
          for (std::size_t i = 0; i < std::min(v.size(), longest_list); i++)
            text += (i ? ", " : "") + number_text(v[i]);
          return "[" + text + (v.size() > longest_list ? ", ...]" : "]");
        }
      },
      a.value);
}

Json to_json(const StoreInfo& i) {
  Json attributes = Json::object();
  for (const auto& a : i.attributes) std::visit([&](const auto& v) { attributes[a.name] = v; }, a.value);
  const Dims chunk = i.grid.largest();
  Json j = {{"name", i.name},
            {"format", i.format},
            {"shape", std::vector<std::int64_t>(i.shape.begin(), i.shape.end())},
            {"dtype", to_string(i.dtype)},
            {"bytes", checked_multiply(num_elements(i.shape), item_size(i.dtype))},
            {"stored_bytes", i.stored_bytes}};
  j["chunks"] = i.chunked ? Json(std::vector<std::int64_t>(chunk.begin(), chunk.end())) : Json();
  j["filters"] = i.filters;
  j["dimensions"] = i.dimensions;
  j["attributes"] = attributes;
  return j;
}

void print_details(const StoreInfo& i) {
  const std::int64_t bytes = checked_multiply(num_elements(i.shape), item_size(i.dtype));
  const auto line = [](const char* label, const std::string& text) { fmt::print("  {:<12}{}\n", label, text); };
  fmt::print("{}\n", i.name);
  line("format", i.format);
  line("shape", to_string(i.shape));
  line("dtype", to_string(i.dtype));
  if (!i.dimensions.empty()) line("dimensions", fmt::format("{}", fmt::join(i.dimensions, ", ")));
  line("chunks", i.chunked
                     ? fmt::format("{} ({} of {})", to_string(i.grid.largest()), i.grid.count(),
                                   format_size(checked_multiply(num_elements(i.grid.largest()), item_size(i.dtype))))
                     : "none (contiguous)");
  if (!i.filters.empty()) line("filters", i.filters);
  line("size", i.stored_bytes != bytes
                   ? fmt::format("{}, {} in the file", format_size(bytes), format_size(i.stored_bytes))
                   : format_size(bytes));
  if (!i.attributes.empty()) fmt::print("  attributes\n");
  for (const auto& a : i.attributes) fmt::print("    {} = {}\n", a.name, value_text(a));
}

void print_list(const std::string& file, const std::vector<StoreInfo>& list) {
  fmt::print("{}: {} datasets\n", file, list.size());
  std::size_t widest = 0;
  for (const auto& i : list) widest = std::max(widest, i.name.size());
  for (const auto& i : list)
    fmt::print("  {:<{}}  {}  {}{}{}\n", i.name, widest, to_string(i.dtype), to_string(i.shape),
               i.chunked ? "  chunks " + to_string(i.grid.largest()) : "", i.filters.empty() ? "" : "  " + i.filters);
}

}  // namespace

void run_info(const InfoOptions& options) {
  Json all = Json::array();
  for (const auto& source : options.sources) {
    const SourceName name = parse_source(source);
    std::vector<StoreInfo> list;
    if (name.dataset.empty())
      list = list_datasets(name.file);
    else
      list = {open_store_alone(source)->info()};
    if (options.json) {
      for (const auto& i : list) all.push_back(to_json(i));
    } else if (list.size() == 1) {
      print_details(list[0]);
    } else {
      print_list(source, list);
    }
  }
  if (options.json) fmt::print("{}\n", json_text(all));
}

}  // namespace tessera::command

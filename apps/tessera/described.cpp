#include "described.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "../printing/array_text.hpp"
#include "json_values.hpp"

namespace tessera::command {
namespace {

using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;
constexpr std::size_t longest_list = 20;

// The number of the fewest digits that are this float32: 0.1, not 0.10000000149011612.
double shortest(float v) {
  return std::isfinite(v) ? std::stod(printing::element_text(DType::float32, reinterpret_cast<const std::byte*>(&v)))
                          : v;
}

// Numbers as they are shown.
template <class T>
std::vector<T> shown(std::vector<T> values, std::optional<DType> stored) {
  if constexpr (std::is_same_v<T, double>)
    if (stored == DType::float32)
      for (double& v : values) v = shortest(static_cast<float>(v));
  return values;
}

template <class T>
std::string value_text(const T& v) {
  if constexpr (std::is_same_v<T, std::string>)
    return "'" + printable(v) + "'";
  else
    return to_string(Scalar(v));
}

template <class T>
Json value_json(const T& v) {
  if constexpr (std::is_same_v<T, std::string>)
    return v;
  else
    return json_scalar(Scalar(v));
}

template <class T>
std::string list_text(const std::vector<T>& values, const std::optional<Dims>& shape) {
  if (values.size() == 1) return value_text(values[0]);
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), longest_list); i++)
    text += (i ? ", " : "") + value_text(values[i]);
  text = "[" + text + (values.size() > longest_list ? ", ...]" : "]");
  return shape && shape->size() > 1 ? text + " of shape " + to_string(*shape) : text;
}

// One element of a coordinate; nothing when it is no real number.
std::optional<Scalar> element(const Store& store, std::int64_t index) {
  return visit_dtype(store.info().dtype, [&]<class T>(T v) -> std::optional<Scalar> {
    store.read({{index}, {1}}, reinterpret_cast<std::byte*>(&v), {item_size(store.info().dtype)});
    if constexpr (std::is_same_v<T, float>) return Scalar(shortest(v));
    if constexpr (std::is_arithmetic_v<T>) return Scalar(v);
    return std::nullopt;
  });
}

// Of many files the times are in the units of the first.
Coordinate read_ends(const Texts& sources) {
  Coordinate c;
  try {
    const auto store =
        sources.size() == 1 ? open_store_alone(sources[0]) : open_store(describe_sources(sources, "0", {.raw = true}));
    c.length = store->info().shape[0];
    if (c.length > 0) c.first = element(*store, 0), c.last = element(*store, c.length - 1);
    for (const auto& a : store->info().attributes)
      if (const auto* text = std::get_if<std::string>(&a.value); text && a.name == "units") c.units = *text;
  } catch (const Error& error) {
    c = Coordinate();
    c.why = error.what();
  }
  return c;
}

}  // namespace

std::string attribute_text(const Attribute& a) {
  if (const auto* text = std::get_if<std::string>(&a.value)) return value_text(*text);
  return std::visit(
      [&](const auto& values) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::string>)
          return values;
        else
          return list_text(shown(values, a.stored), a.shape);
      },
      a.value);
}

Json attributes_json(const std::vector<Attribute>& attributes) {
  Json all = Json::object();
  for (const auto& a : attributes)
    std::visit(
        [&](const auto& values) {
          if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::string>) {
            all[a.name] = values;
          } else {
            Json list = Json::array();
            for (const auto& v : shown(values, a.stored)) list.push_back(value_json(v));
            all[a.name] = std::move(list);
          }
        },
        a.value);
  return all;
}

std::vector<Coordinate> CoordinateReader::of(const StoreInfo& array) {
  std::vector<Coordinate> all;
  for (std::size_t i = 0; i < array.dimensions.size(); i++) {
    const std::string sources = finder_.find(array, static_cast<int>(i));
    if (sources.empty()) continue;
    const auto known = read_.find(sources);
    Coordinate c =
        known != read_.end() ? known->second : read_.emplace(sources, read_ends(lines_of(sources))).first->second;
    c.name = array.dimensions[i];
    if (!c.why.empty() || c.length == array.shape[static_cast<int>(i)]) all.push_back(std::move(c));
  }
  return all;
}

std::string range_text(const Coordinate& c) {
  if (!c.why.empty()) return printable(c.why);
  std::string text = c.first && c.last ? to_string(*c.first) : "";
  if (c.length > 1 && !text.empty()) text += " ... " + to_string(*c.last);
  return text + (c.units.empty() ? "" : "  " + printable(c.units));
}

Json coordinate_json(const Coordinate& c) {
  Json j = {{"length", c.length}};
  j["first"] = c.first ? json_scalar(*c.first) : Json();
  j["last"] = c.last ? json_scalar(*c.last) : Json();
  if (!c.why.empty()) j["not_read"] = c.why;
  if (!c.units.empty()) j["units"] = c.units;
  return j;
}

Texts dimension_texts(const StoreInfo& info) {
  Texts texts = info.dimensions;
  for (std::size_t i = 0; i < texts.size(); i++) {
    texts[i] = texts[i].empty() ? "-" : printable(texts[i]);
    if (info.unlimited >> i & 1u) texts[i] += " (unlimited)";
  }
  return texts;
}

Json unlimited_dimensions(const StoreInfo& info) {
  Json axes = Json::array();
  for (int i = 0; i < info.shape.size(); i++)
    if (info.unlimited >> i & 1u) {
      const bool named = static_cast<std::size_t>(i) < info.dimensions.size();
      axes.push_back(named ? Json(info.dimensions[i]) : Json(i));
    }
  return axes;
}

}  // namespace tessera::command

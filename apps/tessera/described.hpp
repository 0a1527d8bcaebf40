#pragma once
// What `info` says of a dataset's labels: attributes and coordinates as text and as JSON.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "coordinates.hpp"

namespace tessera::command {

/// 'K', 0.5, [1, 2, ...]; of more axes than one with the shape behind.
std::string attribute_text(const Attribute& attribute);
nlohmann::ordered_json attributes_json(const std::vector<Attribute>& attributes);

/// A dimension that has values.
struct Coordinate {
  std::string name;
  std::int64_t length = 0;
  std::optional<Scalar> first, last;  ///< as they are in the file; nothing in an empty one
  std::string units;
  std::string why{};  ///< why its values can't be read; empty as a rule
};
/// The dimensions of arrays that have values; reads the two ends of each coordinate once.
class CoordinateReader {
 public:
  std::vector<Coordinate> of(const StoreInfo& array);

 private:
  CoordinateFinder finder_;
  std::map<std::string, Coordinate> read_;  // by source
};
/// "0 ... 330  days since 2000-01-01".
std::string range_text(const Coordinate& c);
nlohmann::ordered_json coordinate_json(const Coordinate& c);

/// Names, with "(unlimited)" behind those that may grow.
std::vector<std::string> dimension_texts(const StoreInfo& info);
/// The axes that the file lets grow: by their names, or numbers where they have none.
nlohmann::ordered_json unlimited_dimensions(const StoreInfo& info);

}  // namespace tessera::command

#pragma once
// JSON as the command prints it.
#include <nlohmann/json.hpp>
#include <string>

namespace tessera::command {

/// Indented by two. Bytes that are not UTF-8 (names in files may have them) become U+FFFD instead of an exception.
inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tessera::command

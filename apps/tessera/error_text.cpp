#include "error_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "launch.hpp"

namespace tessera::command {

std::string with_option_names(const std::string& message) {
  constexpr std::string_view before = "option '";
  std::string text = message;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    const std::size_t name = at + before.size(), end = text.find('\'', name);
    if (end == std::string::npos) break;
    std::string option = text.substr(name, end - name);
    if (option.empty() || option.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) continue;
    std::replace(option.begin(), option.end(), '_', '-');
    text.replace(at, end + 1 - at, "--" + option);
  }
  return text;
}

std::string place_of(const Error& error, int ranks) {
  if (error.kind() != ErrorKind::io || std::string_view(error.what()).starts_with("rank ")) return "";
  if (ranks > 1) return "rank 0 on " + this_host() + ": ";
  return std::getenv("SLURM_JOB_ID") != nullptr ? this_host() + ": " : "";
}

std::string error_text(const std::string& message) { return printable_message(with_option_names(message)); }

}  // namespace tessera::command

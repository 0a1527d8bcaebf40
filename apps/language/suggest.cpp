#include "suggest.hpp"

#include <algorithm>

namespace tessera::language {

int edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<int> two_ago(width), last(width), row(width);
  for (std::size_t j = 0; j < width; j++) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); i++) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j < width; j++) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], two_ago[j - 2] + 1);
    }
    std::swap(two_ago, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > 100) return std::nullopt;
  int best = (word.size() <= 3 ? 1 : word.size() <= 6 ? 2 : 3) + 1;
  std::optional<std::string> found;
  for (const auto& candidate : candidates) {
    const int distance = edit_distance(word, candidate);
    if (distance < best && distance < static_cast<int>(std::max(word.size(), candidate.size()))) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto found = closest(word, candidates);
  return found ? "; did you mean '" + *found + "'?" : "";
}

}  // namespace tessera::language

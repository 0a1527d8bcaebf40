#pragma once
// "did you mean": the known word nearest to what was typed.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::language {

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
int edit_distance(std::string_view a, std::string_view b);
/// The candidate at the least distance, when that is small for the word's length (1 up to three letters, 2 up to six,
/// else 3).
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates);
/// "; did you mean 'sqrt'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tessera::language

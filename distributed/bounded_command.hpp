#pragma once
// What another program prints, but never for longer than one is willing to wait.
#include <optional>
#include <string>
#include <vector>

namespace tessera {

/// Runs `words` (found through PATH) without input and error output. returns: its output; nothing when there is no such
/// program, when it fails, or when it has not ended after `seconds`: it is killed then. Never throws.
std::optional<std::string> output_of(const std::vector<std::string>& words, double seconds) noexcept;

}  // namespace tessera

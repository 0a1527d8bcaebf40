#pragma once
#include <functional>
#include <optional>
#include <string>
#include <tessera/tessera.hpp>

namespace tessera::testing {

/// What a function of a golden case reads from its text.
struct GoldenWords {
  std::function<Array()> array;
  std::function<std::string()> word;  ///< empty at the end
  std::function<std::string(const std::string&)>
      option;  ///< what follows "axis=", or the word itself; empty: not there
  std::function<Dims(const std::string&)> list;
};
/// Nothing when it is none of these functions.
std::optional<Array> build_reshape(const std::string& name, const GoldenWords& words);

}  // namespace tessera::testing

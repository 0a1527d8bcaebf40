#pragma once
// Functions of golden cases, by subject: each reads its arguments from the text.
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "golden.hpp"

namespace tessera::testing {

/// What a function of a golden case reads from its text.
struct GoldenWords {
  std::function<Array()> array;
  std::function<std::string()> word;  ///< empty at the end
  std::function<std::string(const std::string&)>
      option;  ///< what follows "axis=", or the word itself; empty: not there
  std::function<Dims(const std::string&)> list;
  std::function<std::vector<Index>(const std::string&)> index;
  GoldenInputs& inputs;
};

/// The numbers of "1.5,2".
inline std::vector<double> reals(const std::string& text) {
  std::vector<double> numbers;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) numbers.push_back(std::stod(part));
  return numbers;
}

// Nothing when it is none of these functions.
std::optional<Array> build_reshape(const std::string& name, const GoldenWords& words);
std::optional<Array> build_order(const std::string& name, const GoldenWords& words);
std::optional<Array> build_indexing(const std::string& name, const GoldenWords& words);
std::optional<Array> build_groups(const std::string& name, const GoldenWords& words);
std::optional<Array> build_filter(const std::string& name, const GoldenWords& words);
std::optional<Array> build_call(const std::string& name, const GoldenWords& words);
std::optional<Array> build_product(const std::string& name, const GoldenWords& words);

}  // namespace tessera::testing

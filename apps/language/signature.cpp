#include "signature.hpp"

namespace tessera::language {

Signature::Signature(std::string text) : text_(std::move(text)) {
  const std::size_t open = text_.find('(');
  name_ = text_.substr(0, open);
  bool named_only = false;
  std::size_t at = open + 1;
  while (at < text_.size() && text_[at] != ')') {
    const std::size_t end = text_.find_first_of(",)", at);
    const std::string word = text_.substr(at, end - at);
    const std::size_t equals = word.find('=');
    if (word == "*")
      named_only = true;
    else if (word[0] == '*')
      parameters_.push_back({word.substr(1), false, named_only = true, true});
    else
      parameters_.push_back({word.substr(0, equals), equals == std::string::npos, named_only});
    at = text_[end] == ',' ? text_.find_first_not_of(' ', end + 1) : end;
  }
}

int Signature::find(std::string_view name) const {
  for (std::size_t i = 0; i < parameters_.size(); i++)
    if (parameters_[i].name == name) return static_cast<int>(i);
  return -1;
}

std::vector<std::string> Signature::names() const {
  std::vector<std::string> names;
  for (const auto& p : parameters_) names.push_back(p.name);
  return names;
}

}  // namespace tessera::language

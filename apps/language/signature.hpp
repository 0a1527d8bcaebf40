#pragma once
// Signature: the parameters of a function, read from the text that users see: "sum(x, axis=None, *, keepdims=False)".
// What has a default may be left out; after '*' arguments must be named; "*arrays" takes any number by position, as a
// tuple.
#include <string>
#include <string_view>
#include <vector>

namespace tessera::language {

struct Parameter {
  std::string name;
  bool required = true;
  bool named_only = false;
  bool variadic = false;
};

class Signature {
 public:
  /// text: "name(a, b=default, *, c=default)".
  explicit Signature(std::string text);
  const std::string& text() const { return text_; }
  const std::string& name() const { return name_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  /// The place of a parameter in the list; -1 when there is none of this name.
  int find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::string text_, name_;
  std::vector<Parameter> parameters_;
};

}  // namespace tessera::language

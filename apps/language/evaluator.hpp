#pragma once
// Evaluator: the syntax tree to lazy arrays. Nothing is read or computed here but arithmetic between plain numbers.
// An error of the library (ShapeError, ...) keeps its type and gets the caret under the operator or call that caused
// it.
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "ast.hpp"
#include "value.hpp"

namespace tessera::language {

using Names = std::map<std::string, Value>;

/// A bare expression: what it is, and as it was written.
struct Printed {
  Value value;
  std::string text;
};

struct Evaluation {
  Names names;                   ///< what the statements assigned
  std::vector<Printed> printed;  ///< the bare expressions, in order
  std::vector<std::string> warnings;
};

/// names: the inputs. memory: what this process may take, in bytes.
/// throws UsageError and the library's errors, marked; MemoryBudgetError where there is no room for more arrays.
Evaluation evaluate(const SourceText& source, const Names& inputs, std::int64_t memory = INT64_MAX);
/// True for what can stand before '=' and in `-i NAME=`.
bool is_name(std::string_view text);

}  // namespace tessera::language

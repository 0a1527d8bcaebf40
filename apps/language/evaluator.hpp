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

/// What masks select, as a session has counted it: shapes depend on it.
struct MaskCounts {
  std::vector<std::vector<std::int64_t>> known{};  ///< in the order in which the statements need them
  bool at_most = false;                            ///< of others: as if all was selected
};

struct Evaluation {
  Names names;                   ///< what the statements assigned
  std::vector<Printed> printed;  ///< the bare expressions, in order
  std::vector<std::string> warnings;
  /// The next counts that the statements need, to be evaluated and added to those that are known; there is nothing else
  /// then.
  std::optional<Array> wanted{};
};

/// names: the inputs. memory: what this process may take, in bytes.
/// throws UsageError and the library's errors, marked; MemoryBudgetError where there is no room for more arrays.
Evaluation evaluate(const SourceText& source, const Names& inputs, std::int64_t memory = INT64_MAX,
                    const MaskCounts& counts = {});
/// True for what can stand before '=' and in `-i NAME=`.
bool is_name(std::string_view text);

}  // namespace tessera::language

#include "slice.hpp"

#include "../language/evaluator.hpp"

namespace tessera::command {

Array sliced(const Array& x, const std::string& text) {
  if (text.empty()) return x;
  // One index and no more: nothing that would close the bracket, or begin another statement.
  if (text.find_first_of("[];#\n") != std::string::npos)
    throw UsageError("--slice wants an index without brackets, such as '10:20, ::2', not '" + text + "'");
  const language::SourceText source("x[" + text + "]");
  return *language::evaluate(source, {{"x", {x}}}).printed[0].value.get<Array>();
}

}  // namespace tessera::command

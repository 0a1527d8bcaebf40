#pragma once
// Functions: everything that can be called by name. The elementwise ones come from the library's table of operations,
// under Tessera's name and NumPy's, so a new row there is a new function here.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "arguments.hpp"

namespace tessera::language {

/// What a call needs beyond its arguments.
struct CallContext {
  std::uint64_t random_calls = 0;  ///< how many random arrays came before: their default streams are 0, 1, 2, ...
  Room room{};
  CountMask count{};  ///< of what masks select
};

struct Function {
  Signature signature;
  std::function<Value(const Arguments&, CallContext&)> call;
};

/// By name, in alphabetical order.
const std::map<std::string, Function, std::less<>>& functions();
std::vector<std::string> function_names();

}  // namespace tessera::language

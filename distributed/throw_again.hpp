#pragma once
// Errors that ranks have agreed on, thrown on each of them.
#include <string_view>

#include <tessera/core/errors.hpp>

namespace tessera {

/// Throws the class that belongs to `kind`; `who`, if there is one, stands before the words. Where there is no memory for them, it is
/// an error of the same class without them: who catches it goes on as the other ranks do.
[[noreturn]] void throw_again(ErrorKind kind, std::string_view who, std::string_view words);

}  // namespace tessera

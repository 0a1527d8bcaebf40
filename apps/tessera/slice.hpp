#pragma once
// --slice '10:20, ::2': an index as the statements have it, on an array that has no name.
#include <string>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// x itself when `text` is empty. throws UsageError and IndexError with the place marked.
Array sliced(const Array& x, const std::string& text);

}  // namespace tessera::command

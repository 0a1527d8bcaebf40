#pragma once
// Private to ops: an array that is drawn by a law.
#include <tessera/core/ops/random.hpp>
#include <tessera/core/ops/source_node.hpp>

namespace tessera {

/// What a law draws as `drawn`, converted to what was asked for.
Array law_source(const Shape& shape, DType drawn, Law law, const RandomOptions& options);
/// throws DTypeError when a dtype is asked for that is no integer.
void check_integer(const RandomOptions& options, const char* name);

}  // namespace tessera

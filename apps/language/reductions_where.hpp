#pragma once
// Reductions with NumPy's `where` and `initial`.
#include "function_families.hpp"

namespace tessera::language {

using Reduction = Array (*)(const Array&, const ReduceOptions&);

/// axis and keepdims.
ReduceOptions reduce_options(const Arguments& a);
/// sum, prod, min, max, any, all, mean, var, std, and their nan forms.
void add_reductions_where(FunctionTable& table);

}  // namespace tessera::language

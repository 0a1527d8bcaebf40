#pragma once
// Parser: tokens to the syntax tree, by operator precedence (Pratt). Python's precedence, from loose to tight:
//
//   < <= > >= == !=  (do not chain)     |     ^     &     << >>     + -     * / // % @     unary + - ~     **  (to the
//   right)
//
// -x**2 is -(x**2), 2**-x is 2**(-x). Depth is bounded: what nests deeper than max_nesting, or than the stack that is
// there can hold, is refused. Flat chains are parsed in a loop and may be of any length.
#include "ast.hpp"

namespace tessera::language {

inline constexpr int max_nesting = 200;

/// throws UsageError with the place marked.
Ast parse(const SourceText& source);

}  // namespace tessera::language

#pragma once
// What to write instead of comparisons that stand beside each other, which mean something else than they seem to.
#include <span>
#include <string>

#include "lexer.hpp"

namespace tessera::language {

/// The refusal of an expression of at least two comparisons in a row: a < b < c, or x > 2 & x < 5, in which '&' binds
/// first. What it says to write means what was meant, or is only an example where that can't be known.
std::string chained_comparisons(const SourceText& source, std::span<const Token> expression);

}  // namespace tessera::language

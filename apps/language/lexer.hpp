#pragma once
// Lexer: text to tokens. A new line ends a statement, as ';' does, except inside brackets; '#' starts a comment.
// Tokens are views into the SourceText, which must outlive them.
#include <string>
#include <string_view>
#include <vector>

#include "source_text.hpp"

namespace tessera::language {

enum class TokenKind { number, string, name, symbol, separator, end };

struct Token {
  TokenKind kind;
  std::string_view text;  ///< as written, quotes included; empty at the end
  Place place;
  bool operator==(const Token&) const = default;
};

/// All tokens, the last one of kind `end`. throws UsageError at a character that starts nothing, a bad number, an open
/// string or brackets that don't match.
std::vector<Token> tokenize(const SourceText& source);

/// The value of a number token: 12 and 0x1F are int64 (uint64 beyond it), 1.5e3 float, 2j complex; 1_000 is 1000.
/// throws UsageError for an integer of more than 64 bits.
Scalar number_value(const SourceText& source, const Token& token);
/// The text of a string token: \n, \t, \\, \', \" are replaced.
std::string string_value(const SourceText& source, const Token& token);

}  // namespace tessera::language

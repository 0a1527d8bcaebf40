// Tokens and the values of literals.
#include "../../apps/language/lexer.hpp"

#include "statements.hpp"

namespace tessera::language {
namespace {

std::vector<std::string> words(const std::string& text) {
  const SourceText source(text);
  std::vector<std::string> list;
  for (const auto& token : tokenize(source)) list.emplace_back(token.text);
  list.pop_back();  // the end
  return list;
}

Scalar number(const std::string& text) {
  const SourceText source(text);
  const auto tokens = tokenize(source);
  EXPECT_EQ(tokens[0].kind, TokenKind::number) << text;
  EXPECT_EQ(tokens[0].text, text);
  return number_value(source, tokens[0]);
}

using Words = std::vector<std::string>;

TEST(Lexer, TakesTheLongestSymbol) {
  EXPECT_EQ(words("a**b//c<<d<=e...!=x"), (Words{"a", "**", "b", "//", "c", "<<", "d", "<=", "e", "...", "!=", "x"}));
  EXPECT_EQ(words("x[::2]"), (Words{"x", "[", ":", ":", "2", "]"}));
}

TEST(Lexer, ALineEndsAStatementExceptInBrackets) {
  EXPECT_EQ(words("a = 1 # one\nb = (1,\n2)"), (Words{"a", "=", "1", "\n", "b", "=", "(", "1", ",", "2", ")"}));
  EXPECT_EQ(words("a; b"), (Words{"a", ";", "b"}));
}

TEST(Lexer, PlacesAreByteOffsets) {
  const SourceText source("ab + 1.5");
  const auto tokens = tokenize(source);
  EXPECT_EQ(tokens[1].place, 3u);
  EXPECT_EQ(tokens[2].place, 5u);
  EXPECT_EQ(tokens[3].place, 8u);
}

TEST(Lexer, Numbers) {
  EXPECT_EQ(number("12"), Scalar(12));
  EXPECT_EQ(number("1_000_000"), Scalar(1000000));
  EXPECT_EQ(number("0x1F"), Scalar(31));
  EXPECT_EQ(number("0b101"), Scalar(5));
  EXPECT_EQ(number("0o17"), Scalar(15));
  EXPECT_EQ(number("0"), Scalar(0));
  EXPECT_EQ(number("000"), Scalar(0));
  EXPECT_EQ(number("1."), Scalar(1.0));
  EXPECT_EQ(number(".5"), Scalar(0.5));
  EXPECT_EQ(number("2.5e-3"), Scalar(2.5e-3));
  EXPECT_EQ(number("1e5"), Scalar(1e5));
  EXPECT_EQ(number("1E+2"), Scalar(100.0));
  EXPECT_EQ(number("1e999"), Scalar(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(number("1j"), Scalar(std::complex<double>(0, 1)));
  EXPECT_EQ(number("2.5e1j"), Scalar(std::complex<double>(0, 25)));
  EXPECT_EQ(number("9223372036854775807"), Scalar(std::int64_t{9223372036854775807}));
  EXPECT_EQ(number("18446744073709551615"), Scalar(std::uint64_t{18446744073709551615u}));
}

TEST(Lexer, Strings) {
  const SourceText source(R"('a\'b\n' "c'd")");
  const auto tokens = tokenize(source);
  EXPECT_EQ(string_value(source, tokens[0]), "a'b\n");
  EXPECT_EQ(string_value(source, tokens[1]), "c'd");
}

TEST(Lexer, RefusesWhatIsNoToken) {
  EXPECT_EQ(refusal("1x"), "'1x' is neither a number nor a name\n  1x\n  ^");
  EXPECT_EQ(refusal("a ? b"), "unexpected character '?'\n  a ? b\n    ^");
  EXPECT_EQ(refusal("a + é"), "unexpected character 'é'\n  a + é\n      ^");
  EXPECT_EQ(refusal("'abc"), "this string is never closed\n  'abc\n  ^");
  EXPECT_EQ(refusal("(1 + [2"), "'[' is never closed\n  (1 + [2\n       ^");
  EXPECT_EQ(refusal("(1]"), "']' does not close '('\n  (1]\n    ^");
  EXPECT_EQ(refusal("1)"), "')' closes nothing: there is no '(' before it\n  1)\n   ^");
  EXPECT_EQ(refusal("18446744073709551616"),
            "the integer 18446744073709551616 does not fit in 64 bits; with a decimal point it is a float\n"
            "  18446744073709551616\n  ^");
  EXPECT_EQ(refusal("012"), "an integer does not start with 0; octal numbers are written 0o17\n  012\n  ^");
}

}  // namespace
}  // namespace tessera::language

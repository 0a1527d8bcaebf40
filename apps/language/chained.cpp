#include "chained.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace tessera::language {
namespace {

constexpr std::size_t longest_example = 60;
using Tokens = std::span<const Token>;

bool is_one_of(const Token& t, std::span<const std::string_view> symbols) {
  return t.kind == TokenKind::symbol && std::find(symbols.begin(), symbols.end(), t.text) != symbols.end();
}
bool is_comparison(const Token& t) {
  static constexpr std::array<std::string_view, 6> symbols = {"<", "<=", ">", ">=", "==", "!="};
  return is_one_of(t, symbols);
}
bool is_logical(const Token& t) {
  static constexpr std::array<std::string_view, 3> symbols = {"&", "|", "^"};
  return is_one_of(t, symbols);
}

/// Where such operators stand outside of brackets.
std::vector<std::size_t> places_of(Tokens tokens, bool (*is_wanted)(const Token&)) {
  std::vector<std::size_t> places;
  int depth = 0;
  for (std::size_t i = 0; i < tokens.size(); i++) {
    const Token& t = tokens[i];
    if (t.kind == TokenKind::symbol && (t.text == "(" || t.text == "[")) depth++;
    if (t.kind == TokenKind::symbol && (t.text == ")" || t.text == "]")) depth--;
    if (depth == 0 && is_wanted(t)) places.push_back(i);
  }
  return places;
}

std::string words(const SourceText& source, Tokens tokens) {
  const Place begin = tokens.front().place, end = tokens.back().place + tokens.back().text.size();
  return std::string(source.text().substr(begin, end - begin));
}

/// "a < b < c" -> "(a < b) & (b < c)"; empty where nothing is compared.
std::string bracketed(const SourceText& source, Tokens tokens) {
  std::vector<std::size_t> at = places_of(tokens, is_comparison);
  at.push_back(tokens.size());
  std::string text;
  std::size_t operand = 0;
  for (std::size_t k = 0; k + 1 < at.size(); k++) {
    text += (k ? " & (" : "(") + words(source, tokens.subspan(operand, at[k + 1] - operand)) + ")";
    operand = at[k] + 1;
  }
  return text;
}

/// Nothing where it is too long, or not clear: in x & 3 == 1 & y == 2 the bits may be meant.
std::string example(const SourceText& source, Tokens tokens, std::vector<std::size_t> operators) {
  const std::string all = words(source, tokens);
  if (all.size() > longest_example || all.find('\n') != std::string::npos) return {};
  operators.push_back(tokens.size());
  std::string text;
  std::size_t begin = 0;
  for (const std::size_t end : operators) {
    const std::string term = bracketed(source, tokens.subspan(begin, end - begin));
    if (term.empty()) return {};
    text += term + (end < tokens.size() ? " " + std::string(tokens[end].text) + " " : "");
    begin = end + 1;
  }
  return text;
}

}  // namespace

std::string chained_comparisons(const SourceText& source, std::span<const Token> expression) {
  const auto operators = places_of(expression, is_logical);
  const std::string write = example(source, expression, operators);
  const std::string why = operators.empty()
                              ? "comparisons do not chain"
                              : "'" + std::string(expression[operators[0]].text) + "' binds tighter than comparisons";
  if (!write.empty()) return why + "; write " + write;
  return why + "; write each in brackets, as in (a < b) & (b < c)";
}

}  // namespace tessera::language

#include "lexer.hpp"

#include <array>
#include <charconv>
#include <cstdlib>

namespace tessera::language {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Longest first.
constexpr std::array<std::string_view, 41> symbols = {
    "**=", "//=", "<<=", ">>=", "...", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+=",
    "-=",  "*=",  "/=",  "%=",  "&=",  "|=", "^=", "->", ":=", "+",  "-",  "*",  "/",  "%",
    "@",   "~",   "<",   ">",   "&",   "|",  "^",  "=",  ",",  ":",  ".",  "!",  "$"};

class Lexer {
 public:
  explicit Lexer(const SourceText& source) : source_(source), text_(source.text()) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) step();
    if (!open_.empty()) source_.fail(open_.back(), std::string("'") + text_[open_.back()] + "' is never closed");
    emit(TokenKind::end, 0);
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void emit(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, text_.substr(at_, length), at_});
    at_ += length;
  }

  void step() {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\r')
      at_++;
    else if (c == '#')
      at_ = std::min(text_.find('\n', at_), text_.size());
    else if (c == '\n' && !open_.empty())
      at_++;
    else if (c == '\n' || c == ';')
      emit(TokenKind::separator, 1);
    else if (is_letter(c))
      name();
    else if (is_digit(c) || (c == '.' && is_digit(peek(1))))
      number();
    else if (c == '\'' || c == '"')
      string();
    else if (c == '(' || c == '[')
      open_.push_back(at_), emit(TokenKind::symbol, 1);
    else if (c == ')' || c == ']')
      close();
    else
      symbol();
  }

  void name() {
    std::size_t n = 1;
    while (is_letter(peek(n)) || is_digit(peek(n))) n++;
    emit(TokenKind::name, n);
  }

  void number() {
    std::size_t n = 0;
    const auto digits = [&] {
      while (is_digit(peek(n)) || (peek(n) == '_' && n > 0 && is_digit(peek(n - 1)) && is_digit(peek(n + 1)))) n++;
    };
    if (peek() == '0' &&
        (peek(1) == 'x' || peek(1) == 'X' || peek(1) == 'b' || peek(1) == 'B' || peek(1) == 'o' || peek(1) == 'O')) {
      n = 2;
      while (is_letter(peek(n)) || is_digit(peek(n))) n++;
      return emit(TokenKind::number, n);
    }
    digits();
    if (peek(n) == '.') n++, digits();
    if (peek(n) == 'e' || peek(n) == 'E') {
      const std::size_t sign = peek(n + 1) == '+' || peek(n + 1) == '-' ? 1 : 0;
      if (is_digit(peek(n + 1 + sign))) n += 1 + sign, digits();
    }
    if (peek(n) == 'j' || peek(n) == 'J') n++;
    if (is_letter(peek(n)) || is_digit(peek(n))) {
      std::size_t end = n;
      while (is_letter(peek(end)) || is_digit(peek(end))) end++;
      source_.fail(at_, "'" + std::string(text_.substr(at_, end)) + "' is neither a number nor a name");
    }
    emit(TokenKind::number, n);
  }

  void string() {
    const char quote = peek();
    std::size_t n = 1;
    while (at_ + n < text_.size() && peek(n) != quote && peek(n) != '\n') n += peek(n) == '\\' ? 2 : 1;
    if (peek(n) != quote) source_.fail(at_, "this string is never closed");
    emit(TokenKind::string, n + 1);
  }

  void close() {
    const char wanted = peek() == ')' ? '(' : '[';
    if (open_.empty())
      source_.fail(at_, std::string("'") + peek() + "' closes nothing: there is no '" + wanted + "' before it");
    if (text_[open_.back()] != wanted)
      source_.fail(at_, std::string("'") + peek() + "' does not close '" + text_[open_.back()] + "'");
    open_.pop_back();
    emit(TokenKind::symbol, 1);
  }

  void symbol() {
    for (const auto s : symbols)
      if (text_.substr(at_, s.size()) == s) return emit(TokenKind::symbol, s.size());
    const auto byte = static_cast<unsigned char>(peek());
    if (byte < ' ' || byte == 0x7F) source_.fail(at_, "unexpected control character " + std::to_string(byte));
    std::size_t n = 1;
    while ((static_cast<unsigned char>(peek(n)) & 0xC0) == 0x80) n++;
    source_.fail(at_, "unexpected character '" + std::string(text_.substr(at_, n)) + "'");
  }

  const SourceText& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Place> open_;  // of the brackets that are not closed yet
  std::vector<Token> tokens_;
};

Scalar integer_value(const SourceText& source, const Token& token, std::string_view digits, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error == std::errc::result_out_of_range)
    source.fail(token.place, "the integer " + std::string(token.text.substr(0, 40)) +
                                 (token.text.size() > 40 ? "..." : "") +
                                 " does not fit in 64 bits; with a decimal point it is a float");
  if (error != std::errc{} || end != digits.data() + digits.size())
    source.fail(token.place, "'" + std::string(token.text) + "' is not a number");
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace

std::vector<Token> tokenize(const SourceText& source) { return Lexer(source).run(); }

Scalar number_value(const SourceText& source, const Token& token) {
  std::string digits;
  for (const char c : token.text)
    if (c != '_') digits += c;
  if (digits.size() > 1 && digits[0] == '0' && is_letter(digits[1]) && digits[1] != 'e' && digits[1] != 'E' &&
      digits[1] != 'j' && digits[1] != 'J') {
    const char base = static_cast<char>(digits[1] | 0x20);
    return integer_value(source, token, std::string_view(digits).substr(2), base == 'x' ? 16 : base == 'o' ? 8 : 2);
  }
  const bool imaginary = digits.back() == 'j' || digits.back() == 'J';
  if (imaginary) digits.pop_back();
  if (!imaginary && digits.find_first_of(".eE") == std::string::npos) {
    if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos)
      source.fail(token.place, "an integer does not start with 0; octal numbers are written 0o17");
    return integer_value(source, token, digits, 10);
  }
  // strtod, not from_chars: a number beyond the range is inf, one below it 0, as in Python.
  const double value = std::strtod(digits.c_str(), nullptr);
  if (imaginary) return std::complex<double>(0, value);
  return value;
}

std::string string_value(const SourceText& source, const Token& token) {
  std::string value;
  for (std::size_t i = 1; i + 1 < token.text.size(); i++) {
    if (token.text[i] != '\\') {
      value += token.text[i];
      continue;
    }
    switch (const char c = token.text[++i]) {
      case 'n':
        value += '\n';
        break;
      case 't':
        value += '\t';
        break;
      case '\\':
      case '\'':
      case '"':
        value += c;
        break;
      default:
        source.fail(token.place + i - 1, std::string("unknown escape '\\") + c + "' in a string");
    }
  }
  return value;
}

}  // namespace tessera::language

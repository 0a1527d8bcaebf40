#include "parser.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "chained.hpp"
#include "lexer.hpp"
#include "stack.hpp"

namespace tessera::language {
namespace {

constexpr int comparison = 1, unary = 8, power = 9;

/// How tightly a binary operator binds; 0 for what is none.
int binding(std::string_view s) {
  static constexpr std::array<std::pair<std::string_view, int>, 19> table = {{{"<", 1},
                                                                              {"<=", 1},
                                                                              {">", 1},
                                                                              {">=", 1},
                                                                              {"==", 1},
                                                                              {"!=", 1},
                                                                              {"|", 2},
                                                                              {"^", 3},
                                                                              {"&", 4},
                                                                              {"<<", 5},
                                                                              {">>", 5},
                                                                              {"+", 6},
                                                                              {"-", 6},
                                                                              {"*", 7},
                                                                              {"/", 7},
                                                                              {"//", 7},
                                                                              {"%", 7},
                                                                              {"@", 7},
                                                                              {"**", power}}};
  for (const auto& [symbol, strength] : table)
    if (symbol == s) return strength;
  return 0;
}

class Parser {
 public:
  explicit Parser(const SourceText& source) : source_(source), tokens_(tokenize(source)) {}

  Ast run() {
    for (;;) {
      while (token().kind == TokenKind::separator) at_++;
      if (token().kind == TokenKind::end) break;
      statement();
      if (token().kind != TokenKind::separator && token().kind != TokenKind::end) unexpected_after_expression();
    }
    return std::move(ast_);
  }

 private:
  const Token& token(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is(std::string_view symbol, std::size_t ahead = 0) const {
    return token(ahead).kind == TokenKind::symbol && token(ahead).text == symbol;
  }
  bool is_word(std::string_view word) const { return token().kind == TokenKind::name && token().text == word; }
  [[noreturn]] void fail(const std::string& message) const { source_.fail(token().place, message); }
  std::string shown() const {
    if (token().kind == TokenKind::end) return "the end";
    return token().text == "\n" ? "the end of the line" : "'" + std::string(token().text.substr(0, 40)) + "'";
  }
  void expect(std::string_view symbol, const std::string& where) {
    if (!is(symbol)) {
      refuse_words();
      fail("expected '" + std::string(symbol) + "' " + where + ", not " + shown());
    }
    at_++;
  }

  int add(AstNode node, const std::vector<int>& children = {}, const std::vector<std::string_view>& keywords = {}) {
    node.first_child = static_cast<int>(ast_.children.size());
    node.children = static_cast<int>(children.size());
    ast_.children.insert(ast_.children.end(), children.begin(), children.end());
    ast_.keywords.insert(ast_.keywords.end(), keywords.begin(), keywords.end());
    ast_.keywords.resize(ast_.children.size());
    ast_.nodes.push_back(std::move(node));
    return static_cast<int>(ast_.nodes.size()) - 1;
  }
  int add(NodeKind kind, const Token& t, const std::vector<int>& children = {},
          const std::vector<std::string_view>& keywords = {}) {
    return add(AstNode{kind, t.place, t.text, {}, {}}, children, keywords);
  }

  void statement() {
    Statement s;
    s.place = token().place;
    if (token().kind == TokenKind::name) {
      std::size_t n = 1;  // q, r = ...
      while (is(",", n) && token(n + 1).kind == TokenKind::name) n += 2;
      if (is("=", n)) {
        for (std::size_t k = 0; k < n; k += 2, at_ += 2) {
          if (is_word("True") || is_word("False") || is_word("None") || is_word("true") || is_word("false"))
            fail("'" + std::string(token().text) + "' can't be assigned to");
          if (k == 0)
            s.name = token().text;
          else
            s.more.emplace_back(token().text);
        }
      } else if (token(1).kind == TokenKind::symbol && token(1).text.size() > 1 && token(1).text.back() == '=' &&
                 binding(token(1).text) == 0) {
        const std::string name(token().text), op(token(1).text.substr(0, token(1).text.size() - 1));
        at_++;
        fail("'" + op + "=' is not known here; write " + name + " = " + name + " " + op + " ...");
      }
    }
    s.first = static_cast<int>(ast_.nodes.size());
    s.root = list_expression();
    s.end = token().place;
    ast_.statements.push_back(std::move(s));
  }

  /// a, b, c without brackets is a tuple, as in Python.
  int list_expression() {
    const Token start = token();
    std::vector<int> items{expression(0)};
    if (!is(",")) return items[0];
    while (is(",")) {
      at_++;
      if (token().kind == TokenKind::separator || token().kind == TokenKind::end) break;
      items.push_back(expression(0));
    }
    return add(NodeKind::tuple, start, items);
  }

  int expression(int weakest) {
    refuse_depth();
    depth_++;
    const std::size_t first_token = at_;
    int left = postfix();
    std::optional<Place> chained;  // the second comparison of a < b < c
    bool compared = false;
    for (;;) {
      if (token().kind != TokenKind::symbol) break;
      const Token op = token();
      const int strength = binding(op.text);
      if (strength == 0 || strength < weakest) break;
      at_++;
      const int right = expression(strength == power ? power : strength + 1);
      if (strength == comparison && compared && !chained) chained = op.place;
      compared = strength == comparison;
      left = add(NodeKind::binary, op, {left, right});
    }
    if (chained)
      source_.fail(*chained, chained_comparisons(source_, {tokens_.data() + first_token, at_ - first_token}));
    depth_--;
    return left;
  }

  void refuse_depth() const {
    if (depth_ == max_nesting) fail("the expression is nested deeper than " + std::to_string(max_nesting));
    if (stack_left() < least_stack)
      fail("the expression is nested deeper than " + std::to_string(depth_) + ", all that a stack of " +
           std::to_string(stack_size() >> 10) +
           " KiB holds; give its parts names, or use a larger stack (ulimit -s 8192)");
  }

  /// A prefix operator with its operand, or a primary with everything that follows it: calls, indices, attributes.
  int postfix() {
    if (is("+") || is("-") || is("~")) {
      const Token op = token();
      at_++;
      return add(NodeKind::unary, op, {expression(unary)});
    }
    int left = primary();
    for (;;) {
      if (is("[")) {
        left = subscript(left);
      } else if (is(".")) {
        at_++;
        if (token().kind != TokenKind::name) fail("expected a name after '.', not " + shown());
        const Token name = token();
        at_++;
        if (is("("))
          source_.fail(name.place,
                       "arrays have no functions of their own; write " + std::string(name.text) + "(x, ...)");
        left = add(NodeKind::attribute, name, {left});
      } else if (is("(")) {
        fail("only a function's name can be called");
      } else {
        return left;
      }
    }
  }

  int primary() {
    const Token t = token();
    switch (t.kind) {
      case TokenKind::number: {
        at_++;
        AstNode node{NodeKind::number, t.place, t.text, number_value(source_, t), {}};
        return add(std::move(node));
      }
      case TokenKind::string: {
        at_++;
        return add(AstNode{NodeKind::string, t.place, t.text, {}, string_value(source_, t)});
      }
      case TokenKind::name:
        refuse_words();
        at_++;
        if (is("(")) return call(t);
        return add(t.text == "None" ? NodeKind::none : NodeKind::name, t);
      case TokenKind::symbol:
        if (t.text == "(") return parenthesis(")");
        if (t.text == "[") return parenthesis("]");
        if (t.text == "...") {
          at_++;
          return add(NodeKind::ellipsis, t);
        }
        if (t.text == "!") fail("'!' is not known here; write ~x for a mask, or logical_not(x)");
        break;
      default:
        break;
    }
    fail("expected an expression, not " + shown());
  }

  int parenthesis(std::string_view close) {
    const Token open = token();
    at_++;
    std::vector<int> items;
    bool comma = close == "]";
    while (!is(close)) {
      items.push_back(expression(0));
      if (!is(",")) break;
      comma = true;
      at_++;
    }
    expect(close, items.empty() ? "" : "or ',' in the brackets");
    if (!comma && items.size() == 1) return items[0];
    return add(NodeKind::tuple, open, items);
  }

  int call(const Token& function) {
    at_++;
    std::vector<int> arguments;
    std::vector<std::string_view> names;
    while (!is(")")) {
      std::string_view name;
      if (token().kind == TokenKind::name && is("=", 1)) {
        name = token().text;
        if (std::find(names.begin(), names.end(), name) != names.end())
          fail("the argument '" + std::string(name) + "' is given twice");
        at_ += 2;
      } else if (!names.empty() && !names.back().empty()) {
        fail("an argument without a name can't follow one with a name");
      }
      names.push_back(name);
      arguments.push_back(expression(0));
      if (!is(",")) break;
      at_++;
    }
    expect(")", "or ',' in the arguments of " + std::string(function.text));
    return add(NodeKind::call, function, arguments, names);
  }

  int subscript(int array) {
    const Token open = token();
    at_++;
    std::vector<int> items{array};
    if (is("]")) fail("an index is missing");
    while (!is("]")) {
      items.push_back(index_item());
      if (!is(",")) break;
      at_++;
    }
    expect("]", "or ',' in the index");
    return add(NodeKind::subscript, open, items);
  }

  int index_item() {
    const Token start = token();
    if (is(",")) fail("an index is missing");
    const auto part = [&] { return is(":") || is(",") || is("]") ? add(NodeKind::none, token()) : expression(0); };
    const int first = part();
    if (!is(":")) return first;
    at_++;
    const int stop = part();
    int step;
    if (is(":"))
      at_++, step = part();
    else
      step = add(NodeKind::none, token());
    return add(NodeKind::slice, start, {first, stop, step});
  }

  /// Python's words that have no meaning here, each with what to write.
  void refuse_words() const {
    if (token().kind != TokenKind::name) return;
    static constexpr std::array<std::pair<std::string_view, const char*>, 11> words = {
        {{"and", "'and' does not work on arrays; write (a) & (b)"},
         {"or", "'or' does not work on arrays; write (a) | (b)"},
         {"not", "'not' does not work on arrays; write ~(a)"},
         {"if", "'if' is not known here; write where(condition, a, b)"},
         {"else", "'else' is not known here; write where(condition, a, b)"},
         {"for", "'for' is not known here: expressions work on whole arrays"},
         {"in", "'in' is not known here; write any(x == value)"},
         {"is", "'is' is not known here; write =="},
         {"lambda", "'lambda' is not known here"},
         {"import", "'import' is not known here: every function is there under its plain name"},
         {"def", "'def' is not known here; write NAME = expression"}}};
    for (const auto& [word, message] : words)
      if (token().text == word) fail(message);
  }

  [[noreturn]] void unexpected_after_expression() const {
    refuse_words();
    if (is("=")) fail("only a name can stand before '='; for 'equal' write ==");
    if (is("!")) fail("'!' is not known here; write != for 'not equal'");
    if (token().kind == TokenKind::symbol) fail("unexpected " + shown());
    fail("expected an operator, ';' or a new line before " + shown());
  }

  const SourceText& source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Ast ast_;
};

}  // namespace

Ast parse(const SourceText& source) { return Parser(source).run(); }

}  // namespace tessera::language

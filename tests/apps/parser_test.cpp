// Structure: precedence as Python has it, and that neither depth nor length exhausts anything.
#include <pthread.h>

#include "statements.hpp"

namespace tessera::language {
namespace {

std::string repeat(const std::string& text, int n) {
  std::string all;
  for (int i = 0; i < n; i++) all += text;
  return all;
}

TEST(Parser, Precedence) {
  EXPECT_EQ(tree("a + b * c"), "(+ a (* b c))");
  EXPECT_EQ(tree("a - b - c"), "(- (- a b) c)");
  EXPECT_EQ(tree("a / b * c"), "(* (/ a b) c)");
  EXPECT_EQ(tree("-a ** 2"), "(- (** a 2))");
  EXPECT_EQ(tree("a ** b ** c"), "(** a (** b c))");
  EXPECT_EQ(tree("2 ** -a * b"), "(* (** 2 (- a)) b)");
  EXPECT_EQ(tree("2 ** -a ** b"), "(** 2 (- (** a b)))");
  EXPECT_EQ(tree("-a * b"), "(* (- a) b)");
  EXPECT_EQ(tree("~a & b | c ^ d"), "(| (& (~ a) b) (^ c d))");
  EXPECT_EQ(tree("a & b == c"), "(== (& a b) c)");
  EXPECT_EQ(tree("a << b + c"), "(<< a (+ b c))");
  EXPECT_EQ(tree("a + b < c - d"), "(< (+ a b) (- c d))");
  EXPECT_EQ(tree("(a + b) * c"), "(* (+ a b) c)");
  EXPECT_EQ(tree("a @ b * c"), "(* (@ a b) c)");
  EXPECT_EQ(tree("a // b % c"), "(% (// a b) c)");
  EXPECT_EQ(tree("- - + a"), "(- (- (+ a)))");
  EXPECT_EQ(tree("-a[0].T"), "(- (.T (index a 0)))");
}

TEST(Parser, TuplesAndLists) {
  EXPECT_EQ(tree("()"), "(tuple)");
  EXPECT_EQ(tree("(1,)"), "(tuple 1)");
  EXPECT_EQ(tree("(1)"), "1");
  EXPECT_EQ(tree("[1]"), "(tuple 1)");
  EXPECT_EQ(tree("(1, 2,)"), "(tuple 1 2)");
  EXPECT_EQ(tree("1, 2"), "(tuple 1 2)");
  EXPECT_EQ(tree("a = 1, 2"), "a = (tuple 1 2)");
}

TEST(Parser, Indices) {
  EXPECT_EQ(tree("x[1]"), "(index x 1)");
  EXPECT_EQ(tree("x[10:20, ::2, -1, ..., None]"), "(index x (slice 10 20 None) (slice None None 2) (- 1) ... None)");
  EXPECT_EQ(tree("x[:]"), "(index x (slice None None None))");
  EXPECT_EQ(tree("x[n - 1:]"), "(index x (slice (- n 1) None None))");
  EXPECT_EQ(tree("x[1:2:3]"), "(index x (slice 1 2 3))");
  EXPECT_EQ(tree("x[(1, 5)]"), "(index x (tuple 1 5))");
  EXPECT_EQ(tree("x[1,]"), "(index x 1)");
}

TEST(Parser, Calls) {
  EXPECT_EQ(tree("f()"), "(call f)");
  EXPECT_EQ(tree("f(a, axis=(0, 1), keepdims=True)"), "(call f a axis=(tuple 0 1) keepdims=True)");
}

TEST(Parser, Statements) {
  const SourceText source("a = 1; b = a\n\n# nothing\nb + 1;");
  const Ast ast = parse(source);
  ASSERT_EQ(ast.statements.size(), 3u);
  EXPECT_EQ(to_string(ast, ast.statements[0]), "a = 1");
  EXPECT_EQ(to_string(ast, ast.statements[1]), "b = a");
  EXPECT_EQ(to_string(ast, ast.statements[2]), "(+ b 1)");
}

TEST(Parser, ALongChainIsFlat) {
  const std::string text = "x" + repeat("+x", 100'000);
  const SourceText source(text);
  const Ast ast = parse(source);
  EXPECT_EQ(ast.nodes.size(), 200'001u);
  EXPECT_EQ(tree("f(" + repeat("x,", 100'000) + ")").substr(0, 14), "(call f x x x ");
}

TEST(Parser, DepthIsRefusedNotRun) {
  const auto too_deep = "the expression is nested deeper than " + std::to_string(max_nesting);
  for (const std::string& text :
       {repeat("(", 10'000) + "x" + repeat(")", 10'000), repeat("-", 10'000) + "x",
        repeat("f(", 10'000) + "x" + repeat(")", 10'000), "x" + repeat("**x", 10'000),
        repeat("x[", 10'000) + "0" + repeat("]", 10'000), repeat("[", 10'000) + repeat("]", 10'000),
        repeat("1+(", 10'000) + "x" + repeat(")", 10'000), repeat("~-", 10'000) + "x",
        repeat("x[:", 10'000) + repeat("]", 10'000)}) {
    EXPECT_EQ(refusal(text).substr(0, too_deep.size()), too_deep) << text.substr(0, 20);
  }
  EXPECT_EQ(refusal(repeat("(", 10'000)).substr(0, 21), "'(' is never closed\n ");
  EXPECT_EQ(tree(repeat("(", 150) + "x" + repeat(")", 150)), "x");
}

/// The refusal of `text` on a thread of this stack.
std::string refusal_on_stack(std::size_t bytes, const std::string& text) {
  struct Work {
    const std::string& text;
    std::string refused;
  } work{text, {}};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, bytes);
  pthread_t thread{};
  const auto run = [](void* w) -> void* {
    static_cast<Work*>(w)->refused = refusal(static_cast<Work*>(w)->text, some_inputs());
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, run, &work), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return work.refused;
}

TEST(Parser, DepthIsBoundedByTheStackThatIsThere) {
  const std::string too_deep = "the expression is nested deeper than ";
  for (const auto& [open, middle, close, times] : {std::tuple{"(", "x", ")", 190},
                                                   {"-", "x", "", 190},
                                                   {"abs(", "x", ")", 190},
                                                   {"x[", "0", "]", 190},
                                                   {"1+(", "x", ")", 95},
                                                   {"[", "1", "]", 190}}) {
    const std::string text = repeat(open, times) + middle + repeat(close, times);
    const std::string small = refusal_on_stack(128 << 10, text), large = refusal_on_stack(8 << 20, text);
    EXPECT_EQ(small.substr(0, too_deep.size()), too_deep) << open;
    EXPECT_NE(small.find("KiB holds"), std::string::npos) << open << small;
    EXPECT_EQ(large.find("nested deeper"), std::string::npos) << open << large;
  }
  // Values as deep as the text may be.
  std::string deep = "a = (1,)";
  for (int k = 1; k < max_nesting; k++) deep += "; a = (a,)";
#ifdef __SANITIZE_ADDRESS__
  constexpr std::size_t stack = 8 << 20;  // its frames are many times larger
#else
  constexpr std::size_t stack = 256 << 10;
#endif
  EXPECT_EQ(refusal_on_stack(stack, deep + "; a; array(a)").substr(0, 16), "arrays have at m");
}

/// What the refusal of `text` says to write.
std::string advised(const std::string& text) {
  const std::string message = refusal(text, {{"x", {Scalar(3)}}});
  const std::string::size_type at = message.find("; write "), end = message.find('\n');
  return at == std::string::npos ? message : message.substr(at + 8, end - at - 8);
}

TEST(Parser, WhatHintsSayToWriteIsWhatWasMeant) {
  struct Case {
    std::string text;
    bool (*meant)(int);
  };
  const std::vector<Case> cases = {
      {"1 < x < 5", [](int x) { return 1 < x && x < 5; }},
      {"1 < x <= 4 != 7", [](int x) { return 1 < x && x <= 4; }},
      {"x>2 & x<5", [](int x) { return x > 2 && x < 5; }},
      {"x<2 | x>5", [](int x) { return x < 2 || x > 5; }},
      {"x>2 ^ x<5", [](int x) { return (x > 2) != (x < 5); }},
      {"x==1 | x==2", [](int x) { return x == 1 || x == 2; }},
      {"x==1 & x==2", [](int) { return false; }},
      {"x==1 | x==2 | x==4", [](int x) { return x == 1 || x == 2 || x == 4; }},
      {"x>0 & x<6 & x!=3", [](int x) { return x > 0 && x < 6 && x != 3; }},
      {"x==0 | x>2 & x<5", [](int x) { return x == 0 || (x > 2 && x < 5); }},
      {"x+1>2 & -x>-5", [](int x) { return x > 1 && x < 5; }},
      {"1 < x < 5 | x == 7", [](int x) { return (1 < x && x < 5) || x == 7; }},
      {"(x|1)>2 & (x&1)==1", [](int x) { return (x | 1) > 2 && (x & 1) == 1; }},
  };
  for (const auto& c : cases) {
    const std::string text = advised(c.text);
    for (int x = 0; x < 9; x++)
      EXPECT_EQ(value_of(text, {{"x", {Scalar(x)}}}).get<Scalar>()->as<bool>(), c.meant(x)) << c.text << ": " << text;
  }
  // Where it is not clear, or long, an example.
  const std::string words = "each in brackets, as in (a < b) & (b < c)";
  for (const std::string text : {"x & 3 == 1 & x == 2", "x & x > 1 & x < 2",
                                 "1 < x + 0.123456789123456789 * x * x * x * x * x * x * x * x * x * x < 5"})
    EXPECT_EQ(advised(text), words) << text;
}

TEST(Parser, RefusalsSayWhatToWrite) {
  EXPECT_EQ(refusal("1 < x < 3"), "comparisons do not chain; write (1 < x) & (x < 3)\n  1 < x < 3\n        ^");
  EXPECT_EQ(refusal("y = a == b + 1 != c"),
            "comparisons do not chain; write (a == b + 1) & (b + 1 != c)\n  y = a == b + 1 != c\n                 ^");
  EXPECT_EQ(refusal("x>2 & x<5"), "'&' binds tighter than comparisons; write (x>2) & (x<5)\n  x>2 & x<5\n         ^");
  EXPECT_EQ(refusal("a and b"), "'and' does not work on arrays; write (a) & (b)\n  a and b\n    ^");
  EXPECT_EQ(refusal("a or b"), "'or' does not work on arrays; write (a) | (b)\n  a or b\n    ^");
  EXPECT_EQ(refusal("not a"), "'not' does not work on arrays; write ~(a)\n  not a\n  ^");
  EXPECT_EQ(refusal("f(a if b else c)"),
            "'if' is not known here; write where(condition, a, b)\n  f(a if b else c)\n      ^");
  EXPECT_EQ(refusal("q, True = qr(x)"), "'True' can't be assigned to\n  q, True = qr(x)\n     ^");
  EXPECT_EQ(refusal("y += 1"), "'+=' is not known here; write y = y + ...\n  y += 1\n    ^");
  EXPECT_EQ(refusal("x[0] = 1"), "only a name can stand before '='; for 'equal' write ==\n  x[0] = 1\n       ^");
  EXPECT_EQ(refusal("True = 1"), "'True' can't be assigned to\n  True = 1\n  ^");
  EXPECT_EQ(refusal("x.mean(0)"), "arrays have no functions of their own; write mean(x, ...)\n  x.mean(0)\n    ^");
  EXPECT_EQ(refusal("f(x)(1)"), "only a function's name can be called\n  f(x)(1)\n      ^");
  EXPECT_EQ(refusal("!x"), "'!' is not known here; write ~x for a mask, or logical_not(x)\n  !x\n  ^");
}

TEST(Parser, SyntaxErrors) {
  EXPECT_EQ(refusal("1 +"), "expected an expression, not the end\n  1 +\n     ^");
  EXPECT_EQ(refusal("1 + * 2"), "expected an expression, not '*'\n  1 + * 2\n      ^");
  EXPECT_EQ(refusal("x y"), "expected an operator, ';' or a new line before 'y'\n  x y\n    ^");
  EXPECT_EQ(refusal("f(x y)"), "expected ')' or ',' in the arguments of f, not 'y'\n  f(x y)\n      ^");
  EXPECT_EQ(refusal("f(a=1, 2)"), "an argument without a name can't follow one with a name\n  f(a=1, 2)\n         ^");
  EXPECT_EQ(refusal("f(a=1, a=2)"), "the argument 'a' is given twice\n  f(a=1, a=2)\n         ^");
  EXPECT_EQ(refusal("x[]"), "an index is missing\n  x[]\n    ^");
  EXPECT_EQ(refusal("x[,1]"), "an index is missing\n  x[,1]\n    ^");
  EXPECT_EQ(refusal("x."), "expected a name after '.', not the end\n  x.\n    ^");
  EXPECT_EQ(refusal("a = "), "expected an expression, not the end\n  a = \n      ^");
}

}  // namespace
}  // namespace tessera::language

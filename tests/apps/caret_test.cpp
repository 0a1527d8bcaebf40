// Messages of wrong statements: the text, and the caret under the place.
#include "../../apps/language/suggest.hpp"
#include "statements.hpp"

namespace tessera::language {
namespace {

std::string refused(const std::string& text) { return refusal(text, some_inputs()); }

TEST(Caret, UnknownNames) {
  EXPECT_EQ(refused("y = mean(sqtr(x))"),
            "unknown function 'sqtr'; did you mean 'sqrt'?\n  y = mean(sqtr(x))\n           ^");
  EXPECT_EQ(
      refusal("temperature = 1; tempereture"),
      "unknown name 'tempereture'; did you mean 'temperature'?\n  temperature = 1; tempereture\n                   ^");
  EXPECT_EQ(refused("1 + quux"), "unknown name 'quux'; the names are b, f, i, x, z\n  1 + quux\n      ^");
  EXPECT_EQ(refusal("data"), "unknown name 'data'; inputs are bound by -i data=SOURCE\n  data\n  ^");
  EXPECT_EQ(
      refused("1 + mean"),
      "'mean' is a function: write mean(x, axis=None, dtype=None, *, keepdims=False, where=None)\n  1 + mean\n      ^");
  EXPECT_EQ(refused("x(1)"), "'x' is an array, not a function; an index is written x[...]\n  x(1)\n  ^");
  EXPECT_EQ(refused("float32(x)"), "unknown function 'float32'; write astype(x, float32)\n  float32(x)\n  ^");
  EXPECT_EQ(refused("np.mean"), "functions stand here without 'np.'\n  np.mean\n  ^");
  EXPECT_EQ(refused("x.mean"), "arrays have no attribute 'mean'; write mean(x)\n  x.mean\n    ^");
  EXPECT_EQ(refused("x.shap"), "arrays have no attribute 'shap'; did you mean 'shape'?\n  x.shap\n    ^");
  EXPECT_EQ(refused("frobnicate(x)"), "unknown function 'frobnicate'\n  frobnicate(x)\n  ^");
}

TEST(Caret, Arguments) {
  EXPECT_EQ(refused("sum(x, axes=0)"),
            "sum(x, axis=None, dtype=None, *, keepdims=False, initial=None, where=None) has no argument 'axes'; did "
            "you mean 'axis'?\n  sum(x, "
            "axes=0)\n              ^");
  EXPECT_EQ(refused("sum()"),
            "the argument 'x' is missing: sum(x, axis=None, dtype=None, *, keepdims=False, initial=None, where=None)\n "
            " sum()\n  ^");
  EXPECT_EQ(refused("sqrt(x, 2)"), "too many arguments: sqrt(x) takes 1\n  sqrt(x, 2)\n          ^");
  EXPECT_EQ(refused("max(x, 0, True)"),
            "too many arguments: max(x, axis=None, *, keepdims=False, initial=None, where=None) takes the others by "
            "name\n  max(x, 0, True)\n    "
            "        ^");
  EXPECT_EQ(refused("sum(x, x=x)"), "the argument 'x' is given twice\n  sum(x, x=x)\n           ^");
  EXPECT_EQ(refused("sum(x, axis=0.5)"),
            "sum: 'axis' must be an integer or a tuple of integers, not 0.5\n  sum(x, axis=0.5)\n              ^");
  EXPECT_EQ(refused("sum(x, axis='time')"),
            "sum: 'axis' is 'time', but the dimensions have no names here; give its number\n  sum(x, "
            "axis='time')\n              ^");
  EXPECT_EQ(refused("mean('x')"),
            "mean: 'x' must be a number, an array or a tuple of numbers, not a string\n  mean('x')\n       ^");
  EXPECT_EQ(refused("astype(x, 'flaot32')"),
            "astype: unknown dtype 'flaot32'; did you mean 'float32'?\n  astype(x, 'flaot32')\n            ^");
  EXPECT_EQ(refused("zeros((2, -1))"), "zeros: 'shape' has the negative length -1\n  zeros((2, -1))\n        ^");
  EXPECT_EQ(refused("zeros(x)"),
            "zeros: 'shape' must be an integer or a tuple of integers, not an array\n  zeros(x)\n        ^");
  EXPECT_EQ(refused("var(x, ddof=1, correction=1)"),
            "var: 'ddof' and 'correction' are the same; give one\n  var(x, ddof=1, correction=1)\n                     "
            "       ^");
}

TEST(Caret, Indexing) {
  EXPECT_EQ(refused("x[x]"), "indices are integers or a mask, not float64\n  x[x]\n    ^");
  EXPECT_EQ(refused("x[(1, 0.5)]"), "a list that indexes has integers alone, or bools\n  x[(1, 0.5)]\n    ^");
  EXPECT_EQ(refused("x[1.5]"), "an index is an integer, a slice, ... or None, not 1.5\n  x[1.5]\n    ^");
  EXPECT_EQ(refused("x[0:0.5]"), "a slice takes integers, not 0.5\n  x[0:0.5]\n      ^");
  EXPECT_EQ(refused("(1, 2)[2]"), "index 2 is out of range for a tuple of 2\n  (1, 2)[2]\n         ^");
  EXPECT_EQ(refused("3[0]"), "a number can't be indexed\n  3[0]\n   ^");
}

/// The library's errors keep their type and get a caret.
template <class E>
std::string library_error(const std::string& text) {
  const SourceText source(text);
  try {
    evaluate(source, some_inputs());
  } catch (const E& error) {
    const std::string message = error.what();
    return message.substr(message.find('\n') + 1);
  } catch (const Error& error) {
    return std::string("another type: ") + error.what();
  }
  return "not refused";
}

TEST(Caret, OfTheLibrarysErrors) {
  EXPECT_EQ(library_error<ShapeError>("1 + (x * zeros(5))"), "  1 + (x * zeros(5))\n         ^");
  EXPECT_EQ(library_error<ShapeError>("y = x\nsum(y, axis=2)"), "  line 2: sum(y, axis=2)\n          ^");
  EXPECT_EQ(library_error<ShapeError>("mean(x, axis=(0, 0))"), "  mean(x, axis=(0, 0))\n  ^");
  EXPECT_EQ(library_error<IndexError>("sum(x[7])"), "  sum(x[7])\n       ^");
  EXPECT_EQ(library_error<DTypeError>("1 + (x ^ 2)"), "  1 + (x ^ 2)\n         ^");
  EXPECT_EQ(library_error<DTypeError>("x & i"), "  x & i\n    ^");
  EXPECT_EQ(library_error<ValueError>("astype(i, 'int8') + 300"), "  astype(i, 'int8') + 300\n                    ^");
}

TEST(Caret, APowerByACaretSign) {
  EXPECT_EQ(refused("x^2"), "'^' is the exclusive or of integers and bools; for a power use **\n  x^2\n   ^");
  EXPECT_EQ(refused("x @ 2"), "'@' multiplies matrices and vectors; a number multiplies by *\n  x @ 2\n    ^");
}

TEST(Caret, LinesAndLongLines) {
  EXPECT_EQ(refused("y = x\n\n  z = qq + 1\n"),
            "unknown name 'qq'; the names are b, f, i, x, y, z\n  line 3:   z = qq + 1\n                ^");
  EXPECT_EQ(refusal("'ä' + ö"), "unexpected character 'ö'\n  'ä' + ö\n        ^");
  std::string text = "x";
  for (int i = 0; i < 200; i++) text += " + x";
  const std::string message = refused(text + " + quux");
  EXPECT_EQ(message.substr(message.find('\n') + 1),
            "  ...+ x + x + x + x + x + x + x + x + x + x + x + x + quux\n" + std::string(2 + 3 + 50, ' ') + "^");
}

TEST(Suggest, OnlyWhatIsNear) {
  EXPECT_EQ(edit_distance("sqtr", "sqrt"), 1);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(closest("menu", {"mean", "min"}), "mean");
  EXPECT_EQ(closest("x", {"y"}), std::nullopt);
  EXPECT_EQ(closest("abcdef", {"uvwxyz"}), std::nullopt);
}

}  // namespace
}  // namespace tessera::language

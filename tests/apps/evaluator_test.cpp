// Statements to lazy arrays: shapes, dtypes, and every function by its names.
#include <gmock/gmock.h>

#include "../../apps/language/functions.hpp"
#include "statements.hpp"

namespace tessera::language {
namespace {

/// "float64 (3, 4)" of the array that the statements end with.
std::string kind(const std::string& text) {
  const Value v = value_of(text, some_inputs());
  const Array* x = v.get<Array>();
  return x ? to_string(x->dtype()) + " " + to_string(x->shape()) : to_string(v);
}

TEST(Evaluator, OperatorsAndPromotion) {
  EXPECT_EQ(kind("x + f"), "float64 (3, 4)");
  EXPECT_EQ(kind("i + 0.5"), "float64 (3, 4)");
  EXPECT_EQ(kind("f + 0.5"), "float32 (4,)");
  EXPECT_EQ(kind("f + 1j"), "complex64 (4,)");
  EXPECT_EQ(kind("2 * pi * f"), "float32 (4,)");
  EXPECT_EQ(kind("i // 2"), "int64 (3, 4)");
  EXPECT_EQ(kind("i / 2"), "float64 (3, 4)");
  EXPECT_EQ(kind("x > 0"), "bool (3, 4)");
  EXPECT_EQ(kind("(x > 0) & b"), "bool (3, 4)");
  EXPECT_EQ(kind("~b"), "bool (4,)");
  EXPECT_EQ(kind("-x ** 2"), "float64 (3, 4)");
  EXPECT_EQ(kind("+x"), "float64 (3, 4)");
  EXPECT_EQ(kind("i << 2 | 1"), "int64 (3, 4)");
  EXPECT_EQ(kind("z * f"), "complex128 (4,)");
}

TEST(Evaluator, Indices) {
  EXPECT_EQ(kind("x[1]"), "float64 (4,)");
  EXPECT_EQ(kind("x[..., -1]"), "float64 (3,)");
  EXPECT_EQ(kind("x[::2, 1:3]"), "float64 (2, 2)");
  EXPECT_EQ(kind("x[None, :, ::-1]"), "float64 (1, 3, 4)");
  EXPECT_EQ(kind("x.T"), "float64 (4, 3)");
  EXPECT_EQ(kind("x[1:x.shape[0]]"), "float64 (2, 4)");
}

TEST(Evaluator, Attributes) {
  EXPECT_EQ(kind("x.shape"), "(3, 4)");
  EXPECT_EQ(kind("f.dtype"), "float32");
  EXPECT_EQ(kind("x.ndim + x.size"), "14");
  EXPECT_EQ(kind("(1 + 1, f.shape, 'a', None)"), "(2, (4,), a, None)");
}

TEST(Evaluator, NamesAndConstants) {
  EXPECT_EQ(kind("y = x[0]; y = y + 1; y"), "float64 (4,)");
  EXPECT_EQ(kind("(pi, e, inf, nan, True, false)"), "(3.141592653589793, 2.718281828459045, inf, nan, True, False)");
  EXPECT_EQ(kind("e = 3; e"), "3");
  EXPECT_EQ(kind("sum = sum(x); sum"), "float64 ()");
  EXPECT_EQ(kind("int16"), "int16");
}

// However short the text, data or names can make them many.
TEST(Evaluator, ManyArraysNeedRoom) {
  const auto evaluated = [](const std::string& text) {
    const SourceText source(text);
    return evaluate(source, some_inputs(), resident_bytes() + (16 << 20)).printed.size();
  };
  EXPECT_EQ(evaluated("unstack(zeros((1000,)))[0]"), 1u);
  std::string pairs = "a = (1, 2)";
  for (int k = 0; k < 60; k++) pairs += "; a = (a, a)";
  for (const std::string& text :
       {std::string("unstack(zeros((2**40,)))[0]"), std::string("unstack(zeros((2, 2**40)), axis=-1)"),
        std::string("unstack(zeros((2**17,)))"), pairs + "; a", pairs + "; array(a)"})
    EXPECT_THROW(evaluated(text), MemoryBudgetError) << text.substr(0, 40);
}

TEST(Evaluator, AssignedAndPrinted) {
  const SourceText source("a = x + 1\nb = mean(a)  # the mean\nmax(a, axis=0)  # shown\n");
  const Evaluation e = evaluate(source, some_inputs());
  EXPECT_THAT(e.names, ::testing::SizeIs(2));
  EXPECT_TRUE(e.names.contains("a") && e.names.contains("b"));
  ASSERT_EQ(e.printed.size(), 1u);
  EXPECT_EQ(e.printed[0].text, "max(a, axis=0)");
}

TEST(Evaluator, EveryBareExpressionIsPrinted) {
  const SourceText source("sum(x); min(x) ;max(x)  # all\n(1,\n 2)\ny = 3; y; 'a;b'");
  std::vector<std::string> texts;
  for (const auto& printed : evaluate(source, some_inputs()).printed) texts.push_back(printed.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"sum(x)", "min(x)", "max(x)", "(1,", "y", "'a;b'"}));
}

TEST(Evaluator, AChunkIsPositiveOrTheWholeAxis) {
  for (const std::string call : {"zeros((6, 4), chunks=", "full((6, 4), 1, chunks=", "uniform((6, 4), chunks="}) {
    EXPECT_EQ(value_of(call + "(2, -1))").get<Array>()->chunks().counts(), (Dims{3, 1})) << call;
    EXPECT_NE(refusal(call + "(2, 0))").find("-1 for the whole axis"), std::string::npos) << call;
    EXPECT_NE(refusal(call + "(-2, 4))").find("-1 for the whole axis"), std::string::npos) << call;
  }
}

TEST(Evaluator, TuplesNestAsDeepAsTheTextMay) {
  std::string text = "a = (1,)";
  for (int k = 1; k < max_nesting; k++) text += "; a = (a,)";
  EXPECT_EQ(refusal(text + "; a"), "");
  EXPECT_EQ(refusal(text + "; a = (a, 2)").substr(0, 35), "tuples are nested deeper than 200\n ");
}

TEST(Evaluator, Reductions) {
  for (const char* name : {"sum", "mean", "min", "max", "var", "std"})
    EXPECT_EQ(kind(std::string(name) + "(x, axis=0)"), "float64 (4,)") << name;
  EXPECT_EQ(kind("any(x, 1)"), "bool (3,)");
  EXPECT_EQ(kind("all(x, axis=-1, keepdims=True)"), "bool (3, 1)");
  EXPECT_EQ(kind("sum(x, axis=(0, 1))"), "float64 ()");
  EXPECT_EQ(kind("sum(x, axis=[-1, 0])"), "float64 ()");
  EXPECT_EQ(kind("sum(x, axis=None)"), "float64 ()");
  EXPECT_EQ(kind("sum(f, dtype='float64')"), "float64 ()");
  EXPECT_EQ(kind("mean(i, dtype=float32)"), "float32 ()");
  EXPECT_EQ(kind("std(x, ddof=1)"), "float64 ()");
  EXPECT_EQ(kind("var(x, axis=0, correction=1)"), "float64 (4,)");
  EXPECT_EQ(kind("sum(3)"), "int64 ()");
}

TEST(Evaluator, Creation) {
  EXPECT_EQ(kind("zeros((2, 3))"), "float64 (2, 3)");
  EXPECT_EQ(kind("ones(5, 'int8')"), "int8 (5,)");
  EXPECT_EQ(kind("full([2], 1.5)"), "float64 (2,)");
  EXPECT_EQ(kind("full(2, 7, dtype=uint8)"), "uint8 (2,)");
  EXPECT_EQ(kind("arange(5)"), "int64 (5,)");
  EXPECT_EQ(kind("arange(1, 2, 0.25)"), "float64 (4,)");
  EXPECT_EQ(kind("arange(10, chunks=3)"), "int64 (10,)");
  EXPECT_EQ(kind("zeros(())"), "float64 ()");
  EXPECT_EQ(kind("empty((2, 3), int8)"), "int8 (2, 3)");
  EXPECT_EQ(kind("zeros_like(f)"), "float32 (4,)");
  EXPECT_EQ(kind("full_like(x, 7, dtype='int16')"), "int16 (3, 4)");
  EXPECT_EQ(kind("linspace(0, 1)"), "float64 (50,)");
  EXPECT_EQ(kind("linspace(0, 1, num=5, endpoint=False, dtype=float32)"), "float32 (5,)");
  EXPECT_EQ(kind("eye(3, 4, k=-1, dtype=int64)"), "int64 (3, 4)");
  EXPECT_EQ(kind("indices((2, 3))"), "int64 (2, 2, 3)");
  EXPECT_EQ(kind("indices((2, 3), sparse=True)[0]"), "int64 (2, 1)");
  EXPECT_EQ(kind("meshgrid(f, arange(3))[0]"), "float32 (3, 4)");
  EXPECT_EQ(kind("meshgrid(f, arange(3), indexing='ij')[1]"), "int64 (4, 3)");
  EXPECT_EQ(kind("meshgrid(f, arange(3), sparse=True)[1]"), "int64 (3, 1)");
  EXPECT_NE(refusal("meshgrid(arange(3), indexing='ji')").find("is 'xy' or 'ij'"), std::string::npos);
}

TEST(Evaluator, ArraysFromLists) {
  EXPECT_EQ(kind("array([1, 2, 3])"), "int64 (3,)");
  EXPECT_EQ(kind("array([[1, 2.5], [3, 4], (5, 6)])"), "float64 (3, 2)");
  EXPECT_EQ(kind("asarray([f, f])"), "float32 (2, 4)");
  EXPECT_EQ(kind("array(3, dtype=int8)"), "int8 ()");
  EXPECT_EQ(kind("array([True, False], dtype='float32')"), "float32 (2,)");
  EXPECT_EQ(kind("array([])"), "float64 (0,)");
  EXPECT_EQ(kind("array([[f], [f]], dtype=int16)"), "int16 (2, 1, 4)");
  EXPECT_EQ(kind("array([[2**63], [1]])"), "uint64 (2, 1)");
  EXPECT_EQ(kind("array([2**63, -1])"), "float64 (2,)");
  EXPECT_NE(refusal("array([1, 300], dtype=int8)").find("300 does not fit in int8"), std::string::npos);
  EXPECT_NE(refusal("array(-1, dtype=uint8)").find("-1 does not fit in uint8"), std::string::npos);
  EXPECT_NE(refusal("array([[1, 2], [3]])").find("shapes (2,) and (1,) differ"), std::string::npos);
  EXPECT_NE(refusal("array(['a'])").find("must be a number, an array or a tuple of numbers"), std::string::npos);
}

TEST(Evaluator, Random) {
  EXPECT_EQ(kind("uniform((2, 3))"), "float64 (2, 3)");
  EXPECT_EQ(kind("uniform(4, -1, 1, seed=7, stream=3, dtype='float32', chunks=2)"), "float32 (4,)");
  EXPECT_EQ(kind("normal(shape=(4,), loc=1, scale=2)"), "float64 (4,)");
  EXPECT_EQ(kind("exponential(4, scale=2, dtype=float32)"), "float32 (4,)");
  EXPECT_EQ(kind("lognormal((2, 2), 0, 0.5)"), "float64 (2, 2)");
  EXPECT_EQ(kind("integers((2, 2), 10)"), "int64 (2, 2)");
  EXPECT_EQ(kind("integers(5, -3, 3, endpoint=True, dtype=int8)"), "int8 (5,)");
  EXPECT_EQ(kind("poisson(5, 3.5)"), "int64 (5,)");
  EXPECT_EQ(kind("binomial(5, n=10, p=0.5)"), "int64 (5,)");
  EXPECT_EQ(kind("choice((2, 2), 10)"), "int64 (2, 2)");
  EXPECT_EQ(kind("choice(7, (1, 2.5), p=(0.25, 0.75))"), "float64 (7,)");
  // As NumPy's generators are called.
  EXPECT_EQ(kind("uniform(-1, 1, size=(3, 4))"), "float64 (3, 4)");
  EXPECT_EQ(kind("integers(10, size=3)"), "int64 (3,)");
  EXPECT_EQ(kind("binomial(10, 0.5, size=5)"), "int64 (5,)");
  EXPECT_EQ(kind("choice((1, 2, 3), size=5)"), "int64 (5,)");
  EXPECT_EQ(kind("normal(x, 1)"), "float64 (3, 4)");  // of arrays: their shape
  EXPECT_EQ(kind("normal(0, f, dtype=float32, size=(2, 4))"), "float32 (2, 4)");
  EXPECT_EQ(kind("uniform(f, x)"), "float64 (3, 4)");
  EXPECT_EQ(kind("exponential(scale=x)"), "float64 (3, 4)");
  EXPECT_EQ(kind("integers(arange(1, 5))"), "int64 (4,)");
  EXPECT_EQ(kind("choice(f, size=(2, 2))"), "float32 (2, 2)");
  EXPECT_EQ(kind("normal([1, 2, 3], [1, 2, 3], size=(2, 3))"), "float64 (2, 3)");
  EXPECT_EQ(kind("integers([1, 2], [[5], [6]], size=(2, 2))"), "int64 (2, 2)");
  EXPECT_EQ(kind("normal()"), "float64 ()");
  EXPECT_NE(
      refusal("normal(f, 1, size=3)", some_inputs()).find("loc of shape (4,) does not broadcast to the shape (3,)"),
      std::string::npos);
  EXPECT_NE(refusal("poisson(f)", some_inputs()).find("'lam' must be a number"), std::string::npos);
  EXPECT_NE(refusal("integers(5)").find("the bound is missing"), std::string::npos);
  EXPECT_NE(refusal("choice(5)").find("what to choose from is missing"), std::string::npos);
  EXPECT_NE(refusal("binomial(5)").find("'n' is missing"), std::string::npos);
  EXPECT_EQ(kind("choice(x, size=2)"), "float64 (2, 4)");
  EXPECT_EQ(kind("choice(x, size=2, replace=False)"), "float64 (2, 4)");
  EXPECT_EQ(kind("random((2, 3), dtype=float32)"), "float32 (2, 3)");
  EXPECT_EQ(kind("choice(7, 4, p=f)"), "int64 (7,)");
  EXPECT_EQ(kind("choice(3, f, p=f, replace=False)"), "float32 (3,)");
  EXPECT_EQ(kind("gamma(2, size=(3, 4))"), "float64 (3, 4)");
  EXPECT_EQ(kind("gamma((3, 4), 2, 1.5, dtype=float32)"), "float32 (3, 4)");
  EXPECT_EQ(kind("laplace(f, 1)"), "float64 (4,)");
  EXPECT_EQ(kind("f(2, 3, size=5)"), "float64 (5,)");
  EXPECT_EQ(kind("hypergeometric(3, 4, 5, size=2)"), "int64 (2,)");
  EXPECT_EQ(kind("dirichlet((1, 2, 3), size=4)"), "float64 (4, 3)");
  EXPECT_EQ(kind("multinomial(10, (0.2, 0.8), size=(3, 4))"), "int64 (3, 4, 2)");
  EXPECT_EQ(kind("multinomial(n=[1, 2, 3], pvals=[[[0.2, 0.8]], [[0.5, 0.5]]])"), "int64 (2, 3, 2)");
  EXPECT_EQ(kind("multinomial(n=3, pvals=(0.2, 0.8), dtype=int32)"), "int32 (2,)");
  EXPECT_EQ(kind("multivariate_hypergeometric((3, 4, 5), 6, size=2, method='count')"), "int64 (2, 3)");
  EXPECT_EQ(kind("multivariate_normal((0, 1), [[2, 1], [1, 2]], size=4, method='cholesky')"), "float64 (4, 2)");
  EXPECT_NE(refusal("multinomial(3, (0.5, 0.7, 0.1), size=2)").find("sum to 1.2, more than 1"), std::string::npos);
  EXPECT_NE(refusal("multivariate_hypergeometric((1, 2), 4, size=2)").find("a sample of 4 of 3"), std::string::npos);
  EXPECT_NE(refusal("multivariate_normal((0, 0, 0), [[2, 1], [1, 2]], size=4)").find("differ in length"),
            std::string::npos);
  EXPECT_NE(refusal("gamma(3)").find("'k' is missing"), std::string::npos);
  EXPECT_NE(refusal("beta(f, 1, size=4)", some_inputs()).find("'a' must be a number"), std::string::npos);
  EXPECT_EQ(kind("permutation(5)"), "int64 (5,)");
  EXPECT_EQ(kind("permutation(x, axis=1)"), "float64 (3, 4)");
  EXPECT_NE(refusal("uniform(3, size=3, shape=3)").find("given twice"), std::string::npos);
  EXPECT_NE(refusal("integers(3, 5, 5)").find("there is none from 5 to 5"), std::string::npos);
  EXPECT_NE(refusal("choice(3, (1, 2), p=(0.5, 0.6))").find("sum to 1.1"), std::string::npos);
}

TEST(Evaluator, Views) {
  EXPECT_EQ(kind("permute_dims(x, (1, 0))"), "float64 (4, 3)");
  EXPECT_EQ(kind("transpose(x)"), "float64 (4, 3)");
  EXPECT_EQ(kind("swapaxes(x, 0, 1)"), "float64 (4, 3)");
  EXPECT_EQ(kind("moveaxis(x, 0, -1)"), "float64 (4, 3)");
  EXPECT_EQ(kind("flip(x, axis=0)"), "float64 (3, 4)");
  EXPECT_EQ(kind("expand_dims(x, 1)"), "float64 (3, 1, 4)");
  EXPECT_EQ(kind("squeeze(x[:1])"), "float64 (4,)");
  EXPECT_EQ(kind("broadcast_to(f, (2, 4))"), "float32 (2, 4)");
  EXPECT_EQ(kind("astype(x, int16)"), "int16 (3, 4)");
  EXPECT_EQ(kind("rechunk(x, (2, -1)) + rechunk(x, 3) + rechunk(x)"), "float64 (3, 4)");
  EXPECT_NE(refusal("rechunk(x, (2,))", some_inputs()).find("not one length for each axis of shape (3, 4)"),
            std::string::npos);
  EXPECT_NE(refusal("rechunk(x, (2, 0))", some_inputs()).find("the length 0"), std::string::npos);
  EXPECT_EQ(kind("cast(x, '<f4')"), "float32 (3, 4)");
}

TEST(Evaluator, JoinedArrays) {
  EXPECT_EQ(kind("concat((x, i, x[:1]))"), "float64 (7, 4)");
  EXPECT_EQ(kind("concatenate([f, f], axis=-1)"), "float32 (8,)");
  EXPECT_EQ(kind("concat((f, 1), axis=None)"), "float64 (5,)");
  EXPECT_EQ(kind("stack((f, b))"), "float32 (2, 4)");
  EXPECT_EQ(kind("stack((f, b), axis=1)"), "float32 (4, 2)");
  EXPECT_EQ(kind("unstack(x)[2]"), "float64 (4,)");
  EXPECT_EQ(kind("unstack(x, axis=1)[-1]"), "float64 (3,)");
  EXPECT_EQ(kind("broadcast_arrays(f, x[:, :1], 2)[0]"), "float32 (3, 4)");
  EXPECT_EQ(kind("broadcast_arrays(f, x[:, :1], 2)[2]"), "int64 (3, 4)");
  EXPECT_NE(refusal("concat(x)", some_inputs()).find("must be a tuple of arrays and numbers, not an array"),
            std::string::npos);
  EXPECT_NE(refusal("concat((x, 'a'))", some_inputs()).find("must hold arrays and numbers, not"), std::string::npos);
  EXPECT_EQ(kind("concat((x, x), axis=None)"), "float64 (24,)");
  EXPECT_NE(refusal("concat((x, f))", some_inputs()).find("must be equal but for axis 0"), std::string::npos);
}

TEST(Evaluator, PartsAndChoices) {
  EXPECT_EQ(kind("divmod(i, 3)[1]"), "int64 (3, 4)");
  EXPECT_EQ(kind("frexp(f)[1]"), "int32 (4,)");
  EXPECT_EQ(kind("m, e = frexp(f); ldexp(m, e)"), "float32 (4,)");
  EXPECT_EQ(kind("float_power(f, 2)"), "float64 (4,)");
  EXPECT_EQ(kind("fabs(i)"), "float64 (3, 4)");
  EXPECT_EQ(kind("fabs(f)"), "float32 (4,)");
  EXPECT_NE(refusal("fabs(f + 1j)", some_inputs()).find("use abs(x)"), std::string::npos);
  EXPECT_EQ(kind("round(x, 2) + around(x, decimals=-1) + nan_to_num(x, nan=1) + angle(x, deg=True)"), "float64 (3, 4)");
  EXPECT_EQ(kind("clip(i, 0, 5)"), "int64 (3, 4)");
  EXPECT_EQ(kind("clip(f, max=2.5)"), "float32 (4,)");
  EXPECT_EQ(kind("isclose(x, 1, rtol=0.1) | isin(i, (1, 2)) | isin(i, f)"), "bool (3, 4)");
  EXPECT_EQ(kind("select((x > 1, x < 0), (f, 2), 0.5)"), "float32 (3, 4)");
  EXPECT_EQ(kind("piecewise(i, [i > 1], [2.5, x])"), "int64 (3, 4)");
  EXPECT_EQ(kind("choose(i, (f, 1), mode='wrap')"), "float32 (3, 4)");
  EXPECT_NE(refusal("choose(i, (f, 1), mode='raise')", some_inputs()).find("must be 'clip' or 'wrap'"),
            std::string::npos);
  EXPECT_NE(refusal("q, r = divmod(i, 2)[0]; q", some_inputs()).find("2 names are assigned"), std::string::npos);
  EXPECT_NE(refusal("a, b, c = modf(x); a", some_inputs()).find("3 names are assigned a tuple of 2"),
            std::string::npos);
  EXPECT_NE(refusal("ldexp(x, f)", some_inputs()).find("it takes integers"), std::string::npos);
  EXPECT_NE(refusal("clip(x)", some_inputs()).find("a minimum, a maximum or both"), std::string::npos);
}

// How many different elements there are is asked for; of a plan, they may all be.
TEST(Evaluator, SetsAreCounted) {
  const auto evaluated = [](const std::string& text, const MaskCounts& counts) {
    const SourceText source(text);
    return evaluate(source, some_inputs(), INT64_MAX, counts);
  };
  EXPECT_TRUE(evaluated("unique(x)", {}).wanted);
  const auto most = [&](const std::string& text) {
    return to_string(evaluated(text, {.at_most = true}).printed.at(0).value);
  };
  EXPECT_EQ(most("unique(i)"), "array of shape (12,) and dtype int64");
  EXPECT_EQ(most("unique((1, 2.5, 1))"), "array of shape (3,) and dtype float64");
  EXPECT_EQ(most("v, n = unique(x, return_counts=True); n"), "array of shape (12,) and dtype int64");
  EXPECT_EQ(most("unique_inverse(x)[1]"), "array of shape (3, 4) and dtype int64");
  EXPECT_EQ(most("v, i, j, n = unique_all(f); v"), "array of shape (4,) and dtype float32");
  EXPECT_EQ(most("union1d(x, f)"), "array of shape (16,) and dtype float64");
  EXPECT_EQ(most("intersect1d(x, f, return_indices=True)[2]"), "array of shape (15,) and dtype int64");
  EXPECT_EQ(most("setdiff1d(f, x, True)"), "array of shape (4,) and dtype float32");
  EXPECT_EQ(most("setxor1d(f, i)"), "array of shape (16,) and dtype float64");
  EXPECT_EQ(most("unique(x, axis=1)"), "array of shape (3, 4) and dtype float64");
  EXPECT_NE(refusal("unique(x, axis=2)", some_inputs()).find("axis 2 is out of range"), std::string::npos);
  EXPECT_EQ(kind("sort(x, axis=None)"), "float64 (12,)");
  EXPECT_EQ(kind("argsort(x, axis=None)"), "int64 (12,)");
  EXPECT_EQ(kind("array_equal(x, f) | allclose(x, 1)"), "bool ()");
}

// Numbers of bins are estimated from what is evaluated: the bits of the smallest and the largest element, and their distance.
TEST(Evaluator, BinsAreEstimated) {
  const auto evaluated = [](const std::string& text, const MaskCounts& counts) {
    const SourceText source(text);
    return evaluate(source, some_inputs(), INT64_MAX, counts);
  };
  const auto bits = [](double x) { return std::bit_cast<std::int64_t>(x); };
  const std::vector<std::int64_t> x{bits(-2), bits(4), bits(6)};
  const std::string text = "c, e = histogram(x, bins='sqrt', density=True); c; e; histogram_bin_edges(x, 'sturges')";
  EXPECT_TRUE(evaluated(text, {}).wanted);
  EXPECT_TRUE(evaluated(text, {.known = {x}}).wanted);
  const auto printed = evaluated(text, {.known = {x, x}}).printed;
  ASSERT_EQ(printed.size(), 3u);
  EXPECT_EQ(to_string(printed[0].value), "array of shape (4,) and dtype float64");  // of 12 elements
  EXPECT_EQ(to_string(printed[1].value), "array of shape (5,) and dtype float64");
  EXPECT_EQ(to_string(printed[2].value), "array of shape (6,) and dtype float64");
  EXPECT_THAT(refusal("histogram(x, 'sqrd')", some_inputs()), ::testing::HasSubstr("no estimator 'sqrd'"));
  EXPECT_THAT(refusal("histogram(x, bins='auto', weights=x)", some_inputs()),
              ::testing::HasSubstr("not estimated with weights"));
  EXPECT_THAT(refusal("histogram2d(x, x, 'auto')", some_inputs()), ::testing::HasSubstr("a number of bins, or edges"));
  const SourceText source(text);
  EXPECT_THROW(evaluate(source, some_inputs(), INT64_MAX, {.at_most = true}), UsageError);
}

TEST(Evaluator, Filters) {
  EXPECT_EQ(kind("uniform_filter(x, (3, 5), axes=(1, 0))"), "float64 (3, 4)");
  EXPECT_EQ(kind("uniform_filter1d(f, 3, mode='wrap', sum_dtype=float32)"), "float32 (4,)");
  EXPECT_EQ(kind("maximum_filter1d(i, 3, axis=0, origin=1)"), "int64 (3, 4)");
  EXPECT_EQ(kind("gaussian_filter(x, 2, axes=-1, radius=3)"), "float64 (3, 4)");
  EXPECT_EQ(kind("gaussian_filter1d(x, 2, axis=0, order=1)"), "float64 (3, 4)");
  EXPECT_EQ(kind("median_filter(i, footprint=[[False, True], [True, True]], mode='wrap')"), "int64 (3, 4)");
  EXPECT_EQ(kind("minimum_filter(b, 3)"), "bool (4,)");
  EXPECT_EQ(kind("rank_filter(x, -1, 3, axes=0)"), "float64 (3, 4)");
  EXPECT_EQ(kind("percentile_filter(f, 30, size=3)"), "float32 (4,)");
  EXPECT_EQ(kind("convolve(x, [1, 2], mode='nearest', axes=1)"), "float64 (3, 4)");
  EXPECT_EQ(kind("sobel(f) + prewitt(f, axis=0)"), "float32 (4,)");
  EXPECT_EQ(kind("gaussian_laplace(x, 1, axes=0)"), "float64 (3, 4)");
  EXPECT_EQ(kind("gaussian_gradient_magnitude(i, (1, 2), truncate=3)"), "int64 (3, 4)");
  EXPECT_THAT(refusal("median_filter(x)", some_inputs()), ::testing::HasSubstr("needs 'size' or 'footprint'"));
  EXPECT_THAT(refusal("median_filter(x, 3, footprint=[[1]])", some_inputs()), ::testing::HasSubstr("not both"));
  EXPECT_THAT(refusal("convolve(x, [[1]], axes=0)", some_inputs()), ::testing::HasSubstr("'axes' are of the modes"));
  EXPECT_THAT(refusal("minimum_filter(x, footprint=[0, 1])", some_inputs()),
              ::testing::HasSubstr("a footprint of shape (2,) for 2 axes of an array of shape (3, 4)"));
}

TEST(Evaluator, EveryOperationHasItsFunction) {
  for (int i = 0; i < op_count; i++) {
    const Op op = static_cast<Op>(i);
    if (op == Op::cast) continue;
    const std::string arguments = info(op).arity == 1 ? "(i)" : info(op).arity == 2 ? "(i, 2)" : "(i, 2, 3)";
    for (const auto name : {info(op).name, info(op).numpy}) {
      if (name.empty()) continue;
      const std::string call = std::string(name) + arguments;
      EXPECT_EQ(kind(call).substr(kind(call).find(' ')), " (3, 4)") << call;
    }
  }
  EXPECT_EQ(kind("sqrt(2)"), "float64 ()");
  EXPECT_EQ(kind("where(x > 0, x, 0)"), "float64 (3, 4)");
  EXPECT_EQ(kind("where(True, 1, 2.5)"), "float64 ()");
  EXPECT_EQ(kind("add(x1=f, x2=1)"), "float32 (4,)");
}

TEST(Evaluator, ALongChainNeedsNoDepth) {
  std::string text = "x";
  for (int i = 0; i < 20'000; i++) text += "+x";
  EXPECT_EQ(kind(text), "float64 (3, 4)");
}

}  // namespace
}  // namespace tessera::language

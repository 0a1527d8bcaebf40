// Traps of C++ around arrays: what reads well and means something else does not compile, or is refused.
#include <cmath>

#include "misuse.hpp"

namespace tessera::testing {
namespace {

template <class A>
concept AssignsToViews = requires(A y, const A z) {
  y[{Slice{0, 2}}] = z;
};
template <class A>
concept MovesIntoViews = requires(A y, A z) {
  y[{Slice{0, 2}}] = std::move(z);
};
template <class A>
concept AssignsToArrays = requires(A y, const A z, std::vector<A> many, std::optional<A> maybe) {
  y = z;
  y = z[{Slice{0, 2}}];
  many[0] = z;
  maybe = z;
  many.erase(many.begin());
};
static_assert(!AssignsToViews<Array> && !MovesIntoViews<Array> && AssignsToArrays<Array>);

template <class P>
concept ComputesInto = requires(Session s, const Array x, P to) {
  s.compute_into(x, to, Box{}, Dims{});
};
static_assert(ComputesInto<double*> && ComputesInto<bool*> && ComputesInto<std::complex<float>*>);
static_assert(!ComputesInto<void*> && !ComputesInto<std::byte*> && !ComputesInto<const double*>);

template <class O>
concept TakesPositions = requires {
  O{0, 1};
};
template <class O>
concept TakesOnePosition = requires {
  O{0};
};
// mean(x, {0, 1}) would be axis 0 and keepdims; the axes are named: {.axis = {0, 1}}.
static_assert(!TakesPositions<ReduceOptions> && !TakesPositions<UserReduceOptions> && !TakesPositions<MapOptions>);
static_assert(!TakesOnePosition<ReduceOptions> && !TakesOnePosition<UserReduceOptions>);

TEST_F(Misuse, SearchesAreInLines) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(searchsorted(plane, x), ShapeError);
  EXPECT_THROW(digitize(x, plane), ShapeError);
  EXPECT_THROW(digitize(x, std::vector<double>{1, 3, 2}), ValueError);
  EXPECT_EQ(session.values<std::int64_t>(digitize(array({1.0, 2.0, 9.0}), std::vector<double>{8, 2, 0})),
            (std::vector<std::int64_t>{2, 1, 0}));
}

TEST_F(Misuse, CoordinatesAreThoseOfTheAxis) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(nearest_index(plane, x), ShapeError);
  EXPECT_THROW(nearest_index(zeros({0}), x), ShapeError);
  EXPECT_THROW(nearest_index(astype(x, DType::complex64), x), DTypeError);
  EXPECT_THROW(sel(plane, arange(3), arange(3), {.axis = 1}), ShapeError);
  EXPECT_THROW(sel(plane, arange(3), arange(3), {.axis = 2}), ShapeError);
  EXPECT_THROW(session.values<double>(sel(plane, arange(3), arange(4))), IndexError);
  EXPECT_EQ(session.values<double>(sel(x, x * 0.5, array({11.5, 0.0}))), (std::vector<double>{23, 0}));
}

TEST_F(Misuse, FiltersHaveWindowsAndModes) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(correlate(plane, {1, 2}), ShapeError);
  EXPECT_THROW(correlate(x, Weights{}), ShapeError);
  EXPECT_THROW(correlate(x, std::vector<double>{}), ValueError);
  EXPECT_THROW(Weights({{1, 2}, {3}}), ShapeError);
  EXPECT_THROW(Weights(Shape{2, 2}, {1, 2, 3}), ShapeError);
  EXPECT_THROW(correlate(x, {1, 2}, {.mode = {"mirrored"}}), ValueError);
  EXPECT_THROW(correlate(x, {1, 2}, {.mode = {"wrap", "wrap"}}), ValueError);
  EXPECT_THROW(correlate(x, {1, 2, 3}, {.origin = {2}}), ValueError);
  EXPECT_THROW(correlate(x, {1, 2, 3}, {.origin = {-2}}), ValueError);
  EXPECT_THROW(correlate1d(plane, {1, 2}, 2), ShapeError);
  EXPECT_THROW(uniform_filter(x, {0}), ValueError);
  EXPECT_THROW(uniform_filter(x, {3, 3}), ValueError);
  EXPECT_THROW(uniform_filter(x, {std::int64_t{1} << 40}), ValueError);
  EXPECT_THROW(rank_filter(x, 3, {3}), ValueError);
  EXPECT_THROW(gaussian_filter(x, {-1}), ValueError);
  EXPECT_THROW(gaussian_filter(x, {1}, {.sum_dtype = DType::float32}), DTypeError);
  EXPECT_THROW(correlate1d(astype(x, DType::float32), {1, 2}, 0, {.sum_dtype = DType::int32}), DTypeError);
  EXPECT_THROW(maximum_filter(x, {3}, {.sum_dtype = DType::float32}), ValueError);
  EXPECT_THROW(gaussian_filter(x, {1}, {.order = {-1}}), ValueError);
  EXPECT_THROW(gaussian_filter(x, {1e9}), ValueError);
  EXPECT_THROW(uniform_filter(astype(x, DType::complex64), {3}), DTypeError);
  EXPECT_THROW(minimum_filter(astype(x, DType::uint8), {3}, {.mode = {"constant"}, .cval = -1}), ValueError);
  EXPECT_THROW(minimum_filter(astype(x, DType::int8), {3}, {.mode = {"constant"}, .cval = 0.5}), ValueError);
  EXPECT_THROW(convolve(zeros({0}), {1}), ValueError);
  EXPECT_THROW(convolve(plane, {1}), ShapeError);
  // A window far wider than the array works.
  EXPECT_EQ(session.values<double>(maximum_filter(arange(3.0), {1001})), (std::vector<double>{2, 2, 2}));
}

TEST_F(Misuse, FiltersGoAlongAxesThatThereAre) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(uniform_filter(plane, {3}, {.axes = {2}}), ShapeError);
  EXPECT_THROW(gaussian_filter(plane, {3}, {.axes = {-3}}), ShapeError);
  EXPECT_THROW(median_filter(plane, {3}, {.axes = {0, -2}}), ShapeError);
  EXPECT_THROW(minimum_filter(plane, {3, 3}, {.axes = {1}}), ValueError);
  EXPECT_THROW(maximum_filter(plane, {3}, {.mode = {"wrap", "wrap"}, .axes = {1}}), ValueError);
  EXPECT_THROW(gaussian_filter(plane, {1, 2}, {.axes = {1}}), ValueError);
  EXPECT_THROW(gaussian_filter(plane, {1}, {.radius = {-1}}), ValueError);
  EXPECT_THROW(gaussian_filter(plane, {1}, {.radius = {1, 2, 3}}), ValueError);
  EXPECT_THROW(correlate(plane, {1, 2}, {.axes = {0, 1}}), ShapeError);
  EXPECT_THROW(correlate1d(plane, {1, 2}, 0, {.axes = {0}}), ValueError);
  EXPECT_THROW(uniform_filter1d(plane, 3, 2), ShapeError);
  EXPECT_THROW(minimum_filter1d(plane, 0), ValueError);
  EXPECT_THROW(maximum_filter1d(plane, 3, 0, {.axes = {0}}), ValueError);
  EXPECT_THROW(gaussian_filter1d(plane, 1, 0, {.axes = {0}}), ValueError);
  EXPECT_THROW(sobel(plane, 2), ShapeError);
  EXPECT_THROW(prewitt(plane, 0, {.mode = {"wrap", "wrap", "wrap"}}), ValueError);
  EXPECT_THROW(sobel(astype(plane, DType::complex64)), DTypeError);
  EXPECT_THROW(gaussian_laplace(plane, {1}, {.order = {1}}), ValueError);
  EXPECT_THROW(gaussian_gradient_magnitude(plane, {1}, {.axes = {0, 0}}), ShapeError);
}

TEST_F(Misuse, FootprintsHaveElementsAndPercentilesALimit) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(median_filter(plane, Footprint({1, 1})), ShapeError);
  EXPECT_THROW(minimum_filter(plane, Footprint({{1, 1}}), {.axes = {0}}), ShapeError);
  EXPECT_THROW(maximum_filter(plane, Footprint({{0, 0}, {0, 0}})), ValueError);
  EXPECT_THROW(rank_filter(plane, 0, Footprint(Weights(Shape{0, 2}, {}))), ValueError);
  EXPECT_THROW(rank_filter(plane, 2, Footprint({{1, 0, 1}})), ValueError);
  EXPECT_THROW(percentile_filter(x, 100.5, {3}), ValueError);
  EXPECT_THROW(percentile_filter(x, -101, {3}), ValueError);
  EXPECT_THROW(percentile_filter(x, std::nan(""), Footprint({1})), ValueError);
  try {
    percentile_filter(plane, 50, Footprint({1, 0, 1}));
    FAIL();
  } catch (const ShapeError& e) {
    EXPECT_STREQ(e.what(), "percentile_filter: a footprint of shape (3,) for 2 axes of an array of shape (3, 4)");
  }
}

TEST_F(Misuse, ResizingTakesALengthForEachAxis) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(resize(plane, {3}), ShapeError);
  EXPECT_THROW(resize(plane, {3, 4, 5}), ShapeError);
  EXPECT_THROW(resize(plane, {0, 4}), ValueError);
  EXPECT_THROW(resize(plane, {3, -4}), ValueError);
  EXPECT_THROW(resize(zeros({0, 4}), {3, 4}), ValueError);
  EXPECT_THROW(resize(plane, {std::int64_t{1} << 40, std::int64_t{1} << 40}), ShapeError);
  EXPECT_THROW(resize(zeros({std::int64_t{1} << 40}), {1}, {.method = ResizeMethod::area}), ValueError);
  EXPECT_THROW(resize(astype(plane, DType::bool_), {2, 2}), DTypeError);
  EXPECT_THROW(resize(astype(plane, DType::complex64), {2, 2}), DTypeError);
  EXPECT_THROW(resize(plane, {2, 2}, {.method = ResizeMethod::area, .antialias = true}), ValueError);
  EXPECT_THROW(session.values<double>(resize(zeros({std::int64_t{1} << 40}), {1})), MemoryBudgetError);
}

TEST_F(Misuse, StencilsHaveADistanceForEachAxis) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(stencil([](const auto& u) { return u(1); }, plane), ShapeError);
  EXPECT_THROW(stencil([](const auto& u) { return u(1, 0); }, plane, {.mode = {"mirrored"}}), ValueError);
  EXPECT_THROW(stencil([](const auto& u) { return u(1, 0); }, astype(plane, DType::complex64)), DTypeError);
  // Further away than the array is long.
  EXPECT_EQ(
      session.values<double>(stencil([](const auto& u) { return u(-5) + u(7); }, arange(3.0), {.mode = {"wrap"}})),
      (std::vector<double>{2, 4, 0}));
}

TEST_F(Misuse, ProductsHaveInnerDimensions) {
  const Array a = ones({3, 4}), b = ones({5, 6}), v = ones({4});
  try {
    matmul(a, b);
    ADD_FAILURE();
  } catch (const ShapeError& e) {
    EXPECT_STREQ(e.what(), "matmul: (3, 4) x (5, 6): inner dimensions 4 and 5 differ");
  }
  EXPECT_THROW(matmul(a, ones({})), ShapeError);
  EXPECT_THROW(matmul(ones({2, 3, 4}), ones({3, 4, 5})), ShapeError);
  EXPECT_THROW(matmul(v, ones({5})), ShapeError);
  EXPECT_THROW(dot(a, b), ShapeError);
  EXPECT_THROW(vdot(a, v), ShapeError);
  EXPECT_THROW(vecdot(a, ones({3})), ShapeError);
  EXPECT_THROW(vecdot(a, a, 2), ShapeError);
  EXPECT_THROW(inner(a, b), ShapeError);
  EXPECT_THROW(tensordot(a, v, 2), ShapeError);
  EXPECT_THROW(tensordot(a, b, {{0, 1}, {0}}), ShapeError);
  EXPECT_THROW(tensordot(a, a, {{0, 0}, {0, 1}}), ShapeError);
  EXPECT_THROW(cross(a, a), ShapeError);
  EXPECT_THROW(matrix_power(a, 2), ShapeError);
  EXPECT_THROW(matrix_power(ones({3, 3}), -1), ValueError);
  EXPECT_THROW(norm(a, {.ord = 2.0}), ValueError);
  EXPECT_THROW(norm(a, {.ord = "nuc"}), ValueError);
  EXPECT_THROW(norm(a, {.ord = 3.0}), ValueError);
  EXPECT_THROW(norm(v, {.ord = "fro"}), ValueError);
  EXPECT_THROW(norm(ones({2, 3, 4}), {.ord = 1.0}), ShapeError);
  EXPECT_THROW(norm(ones({2, 3, 4}), {.axis = {0, 1, 2}}), ShapeError);
  for (const char* subscripts :
       {"ij", "ij,jk,kl", "ijk,j->i", "ij,j->x", "ij,j->ii", "i1,j->i", "i....,j->i", "......,j->i", "...,j->j", ""})
    EXPECT_THROW(einsum(subscripts, {a, v}), UsageError) << subscripts;
  EXPECT_THROW(einsum("ij,i->j", {a, v}), ShapeError);
  EXPECT_THROW(einsum("ii", {a}), ShapeError);
  EXPECT_THROW(einsum("", {}), UsageError);
}

TEST_F(Misuse, SortsHaveOneAxis) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(sort(plane, {.axis = 2}), ShapeError);
  EXPECT_THROW(argsort(plane, {.axis = -3}), ShapeError);
  EXPECT_THROW(sort(ones({})), ShapeError);
  EXPECT_THROW(topk(plane, 1, 2), ShapeError);
  EXPECT_THROW(argtopk(ones({}), 1), ShapeError);
  EXPECT_THROW(permutation(-1), ValueError);
  EXPECT_THROW(permutation(5, {.dtype = DType::float32}), DTypeError);
  EXPECT_THROW(permutation(plane, 2), ShapeError);
  EXPECT_THROW(permutation(plane, 0, {.dtype = DType::float32}), DTypeError);
  EXPECT_THROW(choice_without_replacement(6, 5), ValueError);
  EXPECT_THROW(choice_without_replacement(6, plane), ValueError);
  EXPECT_THROW(choice_without_replacement(1, ones({})), ShapeError);
  EXPECT_THROW(choice_without_replacement(2, 3, {1, 0, 0}), ValueError);
  EXPECT_THROW(choice_without_replacement(1, 3, {0.5, 0.5}), ValueError);
}

TEST_F(Misuse, ScansHaveOneAxis) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(cumulative_sum(plane), ShapeError);
  EXPECT_THROW(cumulative_sum(plane, {.axis = 2}), ShapeError);
  EXPECT_THROW(cumulative_prod(plane, {.axis = -3}), ShapeError);
  EXPECT_THROW(cumulative_sum(ones({})), ShapeError);
  EXPECT_THROW(cumulative_max(ones({})), ShapeError);
  EXPECT_THROW(push(ones({})), ShapeError);
  EXPECT_THROW(push(plane, 0), ValueError);
  EXPECT_THROW(push(plane, {}, 5), ShapeError);
  EXPECT_THROW(cumulative_sum(x, {.dtype = DType::bool_}), DTypeError);
  EXPECT_THROW(cumulative_max(astype(x, DType::complex64)), DTypeError);
}

TEST_F(Misuse, QuantilesLieBetween0And1) {
  for (const double q : {-0.1, 1.5, std::nan("")}) {
    EXPECT_THROW(quantile(x, q), ValueError);
    EXPECT_THROW(nanquantile(x, {0.5, q}), ValueError);
  }
  EXPECT_THROW(percentile(x, 100.5), ValueError);
  EXPECT_THROW(nanpercentile(x, -1), ValueError);
  try {
    quantile(x, 0.5, {.method = "cubic"});
    FAIL() << "there is no such method";
  } catch (const ValueError& e) {
    EXPECT_NE(std::string(e.what()).find("'cubic'; there are inverted_cdf, averaged_inverted_cdf"), std::string::npos)
        << e.what();
    EXPECT_EQ(std::string(e.what()).find("middle"), std::string::npos);
  }
  EXPECT_THROW(quantile(x, 0.5, {.method = "middle"}), ValueError);
  EXPECT_THROW(median(astype(x, DType::complex64)), DTypeError);
  EXPECT_THROW(quantile(x > 3.0, 0.5), DTypeError);
  EXPECT_NO_THROW(quantile(x > 3.0, 0.5, {.method = "nearest"}));
  EXPECT_NO_THROW(median(x > 3.0));
  EXPECT_THROW(median(x, {.axis = 1}), ShapeError);
  EXPECT_THROW(quantile(ones({2, 3}), 0.5, {.axis = {0, -2}}), ShapeError);
  EXPECT_THROW(quantile(astype(x[{Slice{0, 0}}], DType::int8), 0.5, {.method = "lower"}), ValueError);
}

TEST_F(Misuse, DifferencesHaveAnAxis) {
  EXPECT_THROW(diff(ones({})), ShapeError);
  EXPECT_THROW(diff(x, {.n = -1}), ValueError);
  EXPECT_THROW(diff(x, {.axis = 1}), ShapeError);
  EXPECT_THROW(diff(ones({2, 3}), {.axis = 0, .prepend = ones({1, 2})}), ShapeError);
}

TEST_F(Misuse, ShapesThatDoNotFit) {
  const auto message = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const ShapeError& e) {
      return e.what();
    }
    return "no ShapeError";
  };
  const std::string said = message([&] { reshape(x, {5, 5}); });
  for (const char* part : {"(24,)", "24 elements", "(5, 5)", "25"})
    EXPECT_NE(said.find(part), std::string::npos) << said;
  EXPECT_THROW(reshape(x, {-1, 5}), ShapeError);
  EXPECT_THROW(reshape(x, {-1, 0}), ShapeError);
  EXPECT_THROW(reshape(x, {-1, -1}), ValueError);
  EXPECT_THROW(reshape(x, {-2, 12}), ValueError);
  EXPECT_THROW(reshape(x, {4, 6}, {4}), ShapeError);
  EXPECT_THROW(reshape(zeros({0, 3}), {-1, 0}), ShapeError);
  EXPECT_EQ(reshape(zeros({0, 3}), {5, -1}).shape(), (Shape{5, 0}));
  EXPECT_THROW(diagonal(x), ShapeError);
  EXPECT_THROW(diagonal(ones({2, 3}), 0, 1, 1), ShapeError);
  EXPECT_THROW(diagonal(ones({2, 3}), 0, 0, 2), ShapeError);
  EXPECT_THROW(diag(ones({2, 2, 2})), ShapeError);
  EXPECT_THROW(tril(ones({})), ShapeError);
}

TEST_F(Misuse, ElementsInOtherPlaces) {
  const Array plane = ones({4, 6});
  EXPECT_THROW(roll(plane, {1, 2}), UsageError);
  EXPECT_THROW(roll(plane, {1, 2, 3}, {0, 1}), UsageError);
  EXPECT_THROW(roll(plane, {1}, 2), ShapeError);
  EXPECT_THROW(rot90(plane, 1, {0, 0}), ShapeError);
  EXPECT_THROW(rot90(x), ShapeError);
  EXPECT_THROW(repeat(x, {-1}), ValueError);
  EXPECT_THROW(repeat(x, {1, 2}), ShapeError);
  EXPECT_THROW(tile(x, {-1}), ValueError);
  EXPECT_THROW(block({Blocks(x), Blocks{x}}), ValueError);
  EXPECT_THROW(pad(x, {{1, -1}}), ValueError);
  EXPECT_THROW(pad(x, {{1, 1}, {1, 1}}), ShapeError);
  EXPECT_THROW(pad(x, {{1, 1}}, {.mode = "mirror"}), ValueError);
  EXPECT_THROW(pad(zeros({0}), {{1, 1}}, {.mode = "edge"}), ValueError);
  EXPECT_THROW(coarsen(sum, plane, {2}), ShapeError);
  EXPECT_THROW(coarsen(sum, plane, {3, 2}), ValueError);
  EXPECT_THROW(coarsen(sum, plane, {0, 2}), ValueError);
  EXPECT_THROW(unify_chunks({plane, ones({5})}), ShapeError);
  EXPECT_THROW(gradient(ones({1})), ValueError);
  EXPECT_THROW(gradient(plane, {.edge_order = 3}), ValueError);
  EXPECT_THROW(gradient(plane, {.spacing = {ones({5})}, .axis = 0}), ShapeError);
  EXPECT_THROW(gradient(plane, {.spacing = {1.0, 2.0, 3.0}}), UsageError);
}

TEST_F(Misuse, BinsRiseAndRangesAreFinite) {
  EXPECT_THROW(histogram(x, 0), ValueError);
  EXPECT_THROW(histogram(x, {1.0, 0.0}), ValueError);
  EXPECT_THROW(histogram(x, std::vector<double>{1}), ShapeError);
  EXPECT_THROW(histogram(x, 3, {.range = BinRange{2, 1}}), ValueError);
  EXPECT_THROW(histogram(x, 3, {.range = BinRange{0, HUGE_VAL}}), ValueError);
  EXPECT_THROW(histogram(astype(x, DType::complex64), 3), DTypeError);
  EXPECT_THROW(histogram(x, 3, {.weights = ones({7})}), ShapeError);
  EXPECT_THROW(histogram2d(x, ones({3})), ShapeError);
  EXPECT_THROW(session.compute(histogram(sqrt(x - 3.0), 3).counts), ValueError);  // of NaN
  EXPECT_THROW(session.compute(histogram(1.0 / x, 3).counts), ValueError);
  EXPECT_THROW(session.compute(histogram(x, 5.0 - x).counts), ValueError);
}

TEST_F(Misuse, LabelsAreGroups) {
  const Array plane = ones({3, 4}), labels = arange(4);
  EXPECT_THROW(group_sum(plane, labels * 0.5, 4), DTypeError);
  EXPECT_THROW(group_sum(plane, labels, 4, {.axis = 0}), ShapeError);
  EXPECT_THROW(group_sum(plane, plane, 4), DTypeError);
  EXPECT_THROW(group_sum(labels, ones({2, 2}, {.dtype = DType::int64}), 4), ShapeError);
  EXPECT_THROW(group_sum(plane, labels, -1), ValueError);
  EXPECT_THROW(group_reduce(plane, labels, "middle", 4), UsageError);
  EXPECT_THROW(group_max(astype(plane, DType::complex64), labels, 4), DTypeError);
  EXPECT_THROW(bincount(plane, 3), ShapeError);
  EXPECT_THROW(bincount(x, 30), DTypeError);
  EXPECT_THROW(session.compute(bincount(session, labels - 2)), IndexError);
  for (const Array& sums : {group_sum(plane, labels, 3), group_sum(plane, labels - 2, 4), bincount(labels - 1, 9)}) {
    try {
      session.compute(sums);
      ADD_FAILURE() << "no error";
    } catch (const IndexError& e) {
      const bool high = sums.shape() == Shape{3, 3};
      const std::string what = high ? "label 3 at (3,)" : sums.rank() == 1 ? "label -1 at (0,)" : "label -2 at (0,)";
      EXPECT_NE(std::string(e.what()).find(what), std::string::npos) << e.what();
    }
  }
}

TEST_F(Misuse, WindowsHaveElements) {
  EXPECT_THROW(rolling_sum(x, 0), ValueError);
  EXPECT_THROW(rolling_sum(x, 3, {.min_count = 4}), ValueError);
  EXPECT_THROW(rolling_sum(x, 3, {.min_count = 0}), ValueError);
  EXPECT_THROW(rolling_sum(x, 3, {.axis = 1}), ShapeError);
  EXPECT_THROW(rolling_sum(ones({}), 3), ShapeError);
  EXPECT_THROW(rolling_sum(astype(x, DType::complex64), 3), DTypeError);
  EXPECT_TRUE(std::isnan(session.values<double>(rolling_sum(x, 25))[23]));  // longer than the axis
  EXPECT_EQ(session.values<double>(rolling_sum(x, 25, {.min_count = 1}))[23], 276);
}

TEST_F(Misuse, MemoryHasTheDTypeOfTheArray) {
  std::vector<float> narrow(24, -1);
  std::vector<double> wide(24, -1);
  const Box all{{0}, {24}};
  EXPECT_THROW(session.compute_into(x, narrow.data(), all, {4}), DTypeError);
  EXPECT_THROW(session.compute_into(x, static_cast<void*>(narrow.data()), DType::float32, all, {4}), DTypeError);
  EXPECT_EQ(narrow, std::vector<float>(24, -1));
  session.compute_into(astype(x, DType::float32), narrow.data(), all, {4});
  session.compute_into(x, static_cast<void*>(wide.data()), DType::float64, all, {8});
  EXPECT_EQ(narrow[23], 23.0f);
  EXPECT_EQ(wide[23], 23.0);
}

TEST_F(Misuse, OptionsThatAreNegative) {
  const auto with = [&](auto change) {
    SessionOptions o = small;
    change(o);
    Session refused(o);
  };
  EXPECT_THROW(with([](auto& o) { o.memory = -2147483648; }), UsageError);  // 2 << 30 as an int
  EXPECT_THROW(with([](auto& o) { o.memory = -1; }), UsageError);
  EXPECT_THROW(with([](auto& o) { o.scratch = "/no/folder"; }), UsageError);
  EXPECT_THROW(with([](auto& o) { o.scratch_bytes = -1; }), UsageError);
  EXPECT_THROW(with([](auto& o) { o.threads = -3; }), UsageError);
  EXPECT_THROW(with([](auto& o) { o.watchdog_seconds = -1; }), UsageError);
  EXPECT_THROW(with([](auto& o) { o.watchdog_seconds = std::nan(""); }), UsageError);
  // One rank's option is everyone's error.
  const bool bad = session.rank() == session.size() - 1;
  EXPECT_THROW(with([&](auto& o) { o.threads = bad ? -1 : 1; }), UsageError);
  EXPECT_NO_THROW(with([](auto&) {}));
}

TEST_F(Misuse, WhatIsPersistedHasNoValuesHere) {
  const auto r = session.compute(persist(x), gather(x), persist(sum(x)));
  EXPECT_THROW(static_cast<void>(r[0].values<double>()), UsageError);
  EXPECT_THROW(static_cast<void>(r[0].bytes()), UsageError);
  EXPECT_THROW(static_cast<void>(r[2].item<double>()), UsageError);
  EXPECT_THROW(static_cast<void>(r[2].scalar()), UsageError);
  EXPECT_THROW(static_cast<void>(r[1].array()), UsageError);
  EXPECT_EQ(r[1].values<double>()[23], 23);
  EXPECT_THROW(static_cast<void>(r[1].values<float>()), DTypeError);
  EXPECT_EQ(r[0].shape(), (Shape{24}));
  EXPECT_EQ(session.item<double>(r[2].array()), 276);
}

}  // namespace
}  // namespace tessera::testing
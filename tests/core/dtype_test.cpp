// dtypes, their promotion, and weak scalars.
#include <gtest/gtest.h>

#include <limits>
#include <tessera/tessera.hpp>

namespace tessera {
namespace {

using D = DType;

// numpy.result_type(row, column) of NumPy 1.24, both in the order of DType; for the Array API's pairs the standard's
// table.
constexpr D table[dtype_count][dtype_count] = {
    {D::bool_, D::int8, D::int16, D::int32, D::int64, D::uint8, D::uint16, D::uint32, D::uint64, D::float32, D::float64,
     D::complex64, D::complex128},
    {D::int8, D::int8, D::int16, D::int32, D::int64, D::int16, D::int32, D::int64, D::float64, D::float32, D::float64,
     D::complex64, D::complex128},
    {D::int16, D::int16, D::int16, D::int32, D::int64, D::int16, D::int32, D::int64, D::float64, D::float32, D::float64,
     D::complex64, D::complex128},
    {D::int32, D::int32, D::int32, D::int32, D::int64, D::int32, D::int32, D::int64, D::float64, D::float64, D::float64,
     D::complex128, D::complex128},
    {D::int64, D::int64, D::int64, D::int64, D::int64, D::int64, D::int64, D::int64, D::float64, D::float64, D::float64,
     D::complex128, D::complex128},
    {D::uint8, D::int16, D::int16, D::int32, D::int64, D::uint8, D::uint16, D::uint32, D::uint64, D::float32,
     D::float64, D::complex64, D::complex128},
    {D::uint16, D::int32, D::int32, D::int32, D::int64, D::uint16, D::uint16, D::uint32, D::uint64, D::float32,
     D::float64, D::complex64, D::complex128},
    {D::uint32, D::int64, D::int64, D::int64, D::int64, D::uint32, D::uint32, D::uint32, D::uint64, D::float64,
     D::float64, D::complex128, D::complex128},
    {D::uint64, D::float64, D::float64, D::float64, D::float64, D::uint64, D::uint64, D::uint64, D::uint64, D::float64,
     D::float64, D::complex128, D::complex128},
    {D::float32, D::float32, D::float32, D::float64, D::float64, D::float32, D::float32, D::float64, D::float64,
     D::float32, D::float64, D::complex64, D::complex128},
    {D::float64, D::float64, D::float64, D::float64, D::float64, D::float64, D::float64, D::float64, D::float64,
     D::float64, D::float64, D::complex128, D::complex128},
    {D::complex64, D::complex64, D::complex64, D::complex128, D::complex128, D::complex64, D::complex64, D::complex128,
     D::complex128, D::complex64, D::complex128, D::complex64, D::complex128},
    {D::complex128, D::complex128, D::complex128, D::complex128, D::complex128, D::complex128, D::complex128,
     D::complex128, D::complex128, D::complex128, D::complex128, D::complex128, D::complex128},
};

TEST(Promotion, IsNumPys) {
  for (int a = 0; a < dtype_count; a++)
    for (int b = 0; b < dtype_count; b++) {
      EXPECT_EQ(promote(static_cast<D>(a), static_cast<D>(b)), table[a][b])
          << to_string(static_cast<D>(a)) << " " << to_string(static_cast<D>(b));
      EXPECT_EQ(promote(static_cast<D>(a), static_cast<D>(b)), promote(static_cast<D>(b), static_cast<D>(a)));
    }
}

TEST(Promotion, ScalarsAreWeakByKind) {
  for (D t : {D::int8, D::uint64, D::float32, D::complex64}) {
    EXPECT_EQ(promote_weak(t, Kind::boolean), t);
    EXPECT_EQ(promote_weak(t, Kind::integer), t);
  }
  EXPECT_EQ(promote_weak(D::bool_, Kind::boolean), D::bool_);
  EXPECT_EQ(promote_weak(D::bool_, Kind::integer), D::int64);
  EXPECT_EQ(promote_weak(D::int8, Kind::real), D::float64);
  EXPECT_EQ(promote_weak(D::float32, Kind::real), D::float32);
  EXPECT_EQ(promote_weak(D::float32, Kind::complex), D::complex64);
  EXPECT_EQ(promote_weak(D::float64, Kind::complex), D::complex128);
  EXPECT_EQ(promote_weak(D::int16, Kind::complex), D::complex128);
}

TEST(DTypes, NamesGoBothWays) {
  for (int i = 0; i < dtype_count; i++) {
    const D t = static_cast<D>(i);
    EXPECT_EQ(parse_dtype(to_string(t)), t);
    visit_dtype(t, [&]<class T>(T) {
      EXPECT_EQ(dtype_of<T>, t);
      EXPECT_EQ(static_cast<std::int64_t>(sizeof(T)), item_size(t));
    });
  }
  EXPECT_EQ(parse_dtype("<f4"), D::float32);
  EXPECT_EQ(parse_dtype("?"), D::bool_);
  EXPECT_EQ(parse_dtype("float"), D::float64);
  for (const char* bad : {"", "float16", "f", "<", "int128", ">f8"}) EXPECT_FALSE(parse_dtype(bad).has_value()) << bad;
}

TEST(Scalars, KnowTheirKindAndDType) {
  EXPECT_EQ(Scalar(true).default_dtype(), D::bool_);
  EXPECT_EQ(Scalar(3).default_dtype(), D::int64);
  EXPECT_EQ(Scalar(3u).default_dtype(), D::int64);
  EXPECT_EQ(Scalar(std::numeric_limits<std::uint64_t>::max()).default_dtype(), D::uint64);
  EXPECT_EQ(Scalar(2.5f).default_dtype(), D::float64);
  EXPECT_EQ(Scalar(std::complex<float>(1, 2)).default_dtype(), D::complex128);
}

TEST(Scalars, FitWhereTheirValueDoes) {
  EXPECT_TRUE(Scalar(255).fits(D::uint8));
  EXPECT_FALSE(Scalar(256).fits(D::uint8));
  EXPECT_FALSE(Scalar(-1).fits(D::uint64));
  EXPECT_TRUE(Scalar(-128).fits(D::int8));
  EXPECT_FALSE(Scalar(std::numeric_limits<std::uint64_t>::max()).fits(D::int64));
  EXPECT_TRUE(Scalar(std::numeric_limits<std::uint64_t>::max()).fits(D::uint64));
  EXPECT_TRUE(Scalar(1 << 30).fits(D::float32));
  EXPECT_FALSE(Scalar(0.5).fits(D::int64));
  EXPECT_TRUE(Scalar(true).fits(D::int8));
}

TEST(Scalars, PrintAsPythonDoes) {
  EXPECT_EQ(to_string(Scalar(2)), "2");
  EXPECT_EQ(to_string(Scalar(2.0)), "2.0");
  EXPECT_EQ(to_string(Scalar(0.1)), "0.1");
  EXPECT_EQ(to_string(Scalar(true)), "True");
  EXPECT_EQ(to_string(Scalar(std::complex<double>(1, 2))), "(1+2j)");
  EXPECT_EQ(to_string(Scalar(std::complex<double>(1, -2))), "(1-2j)");
  EXPECT_EQ(to_string(Scalar(-std::numeric_limits<double>::infinity())), "-inf");
  EXPECT_EQ(to_string(Scalar(1e22)), "1e+22");
}

TEST(Scalars, ConvertAsCastsDo) {
  EXPECT_EQ(Scalar(2.9).as<int>(), 2);
  EXPECT_EQ(Scalar(std::complex<double>(3, 4)).as<double>(), 3);
  EXPECT_EQ(Scalar(7).as<std::complex<float>>(), std::complex<float>(7, 0));
}

// What a function refuses, it refuses when the expression is built.
TEST(Refusals, OfDTypesAndValues) {
  const Array b = zeros({3}, {.dtype = D::bool_}), i = zeros({3}, {.dtype = D::uint8}), f = zeros({3}),
              c = zeros({3}, {.dtype = D::complex64});
  EXPECT_THROW(-b, DTypeError);
  EXPECT_THROW(b - b, DTypeError);
  EXPECT_THROW(c < c, DTypeError);
  EXPECT_THROW(maximum(c, c), DTypeError);
  EXPECT_THROW(floor(c), DTypeError);
  EXPECT_THROW(c % c, DTypeError);
  EXPECT_THROW(min(c), DTypeError);
  EXPECT_THROW(f & f, DTypeError);
  EXPECT_THROW(f << 1, DTypeError);
  EXPECT_THROW(i + 256, ValueError);
  EXPECT_THROW(i - (-1), ValueError);
  EXPECT_THROW(pow(i, -1), ValueError);
  EXPECT_THROW(fabs(c), DTypeError);
  for (const auto& f_of : {mean, var, tessera::std, nanmean, nanvar, nanstd})
    EXPECT_THROW(f_of(f, {.dtype = D::int32}), DTypeError);
  EXPECT_EQ(mean(i, {.dtype = D::float32}).dtype(), D::float32);
  EXPECT_THROW(full({2}, 300, D::uint8), ValueError);
  EXPECT_THROW(max(zeros({0, 3}), {.axis = {0}}), ValueError);
  EXPECT_THROW(apply(Op::add, {Operand(1), Operand(2)}), DTypeError);
  EXPECT_THROW(apply(Op::add, {Operand(f)}), UsageError);
  EXPECT_NO_THROW(i < 300);
}

TEST(Refusals, OfShapesAndIndices) {
  const Array x = zeros({3, 4});
  EXPECT_THROW(x + zeros({3}), ShapeError);
  EXPECT_THROW(sum(x, {.axis = {2}}), ShapeError);
  EXPECT_THROW(sum(x, {.axis = {0, -2}}), ShapeError);
  EXPECT_THROW((x[{3}]), IndexError);
  EXPECT_THROW((x[{0, 0, 0}]), IndexError);
  EXPECT_THROW((x[{ellipsis, ellipsis}]), IndexError);
  EXPECT_THROW((x[{Slice{{}, {}, 0}}]), IndexError);
  EXPECT_THROW(permute_dims(x, {0}), ShapeError);
  EXPECT_THROW(permute_dims(x, {0, 0}), ShapeError);
  EXPECT_THROW(squeeze(x, {0}), ShapeError);
  EXPECT_THROW(broadcast_to(x, {3, 5}), ShapeError);
  EXPECT_THROW(broadcast_to(x, {4}), ShapeError);
  EXPECT_THROW(zeros({-1}), ShapeError);
  EXPECT_THROW(zeros({1 << 30, 1 << 30, 1 << 30}), ShapeError);
  EXPECT_THROW(arange(0, 10, 0), ValueError);
}

}  // namespace
}  // namespace tessera

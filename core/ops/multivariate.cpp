#include <tessera/core/ops/multivariate.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <tessera/core/cpu/row_samplers.hpp>
#include <tessera/core/ops/covariance_factor.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gufunc.hpp>
#include <tessera/core/ops/law_source.hpp>
#include <tessera/core/ops/literal.hpp>
#include <tessera/core/ops/source_node.hpp>

namespace tessera {
namespace {

Shape with_row(Shape shape, std::int64_t length) {
  shape.push_back(length);
  return shape;
}

constexpr double cost_of_counts = 200;  // of an element, in additions: about a microsecond for a few

// Cut along the axes of `shape`, so that chunks with `length` elements behind each are of the usual size.
ChunkGrid grid_of_rows(const Shape& shape, std::int64_t length, const Dims& wish) {
  return wish.empty() ? auto_chunks(shape, checked_multiply(length, 8)) : ChunkGrid::regular(shape, wish);
}

// The number of each row.
Array row_numbers_of(const Shape& shape, std::int64_t length, const RandomOptions& o) {
  static_cast<void>(num_elements(with_row(shape, length)));  // throws ShapeError
  return Array(std::make_shared<SourceNode>(DType::int64, shape, grid_of_rows(shape, length, o.chunks),
                                            Generator(ArangeSource{Scalar(0), Scalar(1)})));
}

// Seed and stream are data, so that one plan serves all.
Array key_array(const RandomOptions& o) { return array({o.seed, o.stream}); }

RandomKey key_of(BlockView<const std::uint64_t> seed_and_stream) { return {seed_and_stream[0], seed_and_stream[1]}; }

Array of_rows(const char* name, const char* signature, ChunkFunction f, const std::vector<Array>& x) {
  f.cost = cost_of_counts;
  return gufunc_of_user(std::move(f), false, signature, x, {.name = name});
}

void check_draws(std::int64_t n) {
  if (n < 0) throw ValueError("multinomial: n " + std::to_string(n) + " is negative");
  if (n > std::int64_t{1} << 53) throw ValueError("multinomial: n " + std::to_string(n) + " is above 2^53");
}

void check_pvals(std::span<const double> pvals) {
  double sum = 0;
  for (const double p : pvals) {
    if (!(p >= 0 && p <= 1))
      throw ValueError("multinomial: the probability " + to_string(Scalar(p)) + " is not between 0 and 1");
    sum += p;
  }
  if (sum -= pvals.back(); sum > 1 + 1e-12)
    throw ValueError("multinomial: the pvals before the last sum to " + to_string(Scalar(sum)) + ", more than 1");
}

void draw_outcomes(BlockView<const std::int64_t> row, BlockView<const std::uint64_t> key,
                   BlockView<const std::int64_t> n, BlockView<const double> pvals, BlockView<std::int64_t> out) {
  check_draws(n());
  check_pvals(pvals.elements());
  cpu::multinomial_row(key_of(key), static_cast<std::uint64_t>(row()), n(), pvals.elements(), out.elements());
}

template <auto draw>
void draw_colors(BlockView<const std::int64_t> row, BlockView<const std::uint64_t> key,
                 BlockView<const std::int64_t> colors, BlockView<const std::int64_t> sample,
                 BlockView<std::int64_t> out) {
  draw(key_of(key), static_cast<std::uint64_t>(row()), colors.elements(), sample(), out.elements());
}

void check_colors(const std::vector<std::int64_t>& colors, std::int64_t nsample, bool is_count) {
  const auto refuse = [](const std::string& why) { throw ValueError("multivariate_hypergeometric: " + why); };
  if (colors.empty()) refuse("there are no colors");
  const std::int64_t most = is_count ? std::int64_t{1} << 53 : 1'000'000'000;
  std::int64_t all = 0;
  for (const std::int64_t c : colors) {
    if (c < 0) refuse("a color of " + std::to_string(c));
    if (c > most - all)
      refuse("the colors sum to more than " +
             std::string(is_count ? "2^53" : "10^9, which the method \"marginals\" takes; \"count\" takes 2^53"));
    all += c;
  }
  if (nsample < 0 || nsample > all) refuse("a sample of " + std::to_string(nsample) + " of " + std::to_string(all));
}

void check_parameters(const Array& mean, const Array& cov, const MultivariateNormalOptions& how) {
  const std::string name = "multivariate_normal: ";
  if (mean.rank() != 1) throw ShapeError(name + "mean of shape " + to_string(mean.shape()) + " is not 1-d");
  if (cov.rank() != 2 || cov.shape()[0] != cov.shape()[1])
    throw ShapeError(name + "cov of shape " + to_string(cov.shape()) + " is not square");
  if (cov.shape()[0] != mean.shape()[0])
    throw ShapeError(name + "mean of shape " + to_string(mean.shape()) + " and cov of shape " + to_string(cov.shape()) +
                     " differ in length");
  if (is_complex(mean.dtype()) || is_complex(cov.dtype())) throw DTypeError(name + "mean and cov must be real");
  if (mean.size() == 0) throw ValueError(name + "mean is empty");
  if (how.method != "svd" && how.method != "eigh" && how.method != "cholesky")
    throw ValueError(name + "the method must be 'svd', 'eigh' or 'cholesky', not '" + how.method + "'");
  if (how.check_valid != "raise" && how.check_valid != "ignore")
    throw ValueError(name + "check_valid must be 'raise' or 'ignore', not '" + how.check_valid +
                     "': what is evaluated later can't warn");
  if (!(how.tol >= 0)) throw ValueError(name + "tol " + to_string(Scalar(how.tol)) + " is below 0");
}

// Column k of the factor as row k, so that what is multiplied by one normal number lies together.
Array factor_columns(const Array& cov, const MultivariateNormalOptions& how) {
  const auto columns = [how](BlockView<const double> x, BlockView<double> out) {
    const std::int64_t n = x.extent(0);
    std::vector<double> elements;
    for (std::int64_t i = 0; i < n; i++)
      for (std::int64_t j = 0; j < n; j++) elements.push_back(x(i, j));
    const std::vector<double> factor = covariance_factor(std::move(elements), n, how);
    for (std::int64_t i = 0; i < n; i++)
      for (std::int64_t k = 0; k < n; k++) out(k, i) = factor[static_cast<std::size_t>(i * n + k)];
  };
  return apply_gufunc(
      "(i,j)->(i,j)", columns, cov,
      {.name = "factor of a covariance by " + how.method + ", " + how.check_valid + ", " + to_string(Scalar(how.tol))});
}

// A row of normal numbers times the columns: sums in the order of these numbers. `sums` is 0 before.
void times_columns(BlockView<const double> drawn, BlockView<const double> columns, BlockView<double> sums) {
  const std::span<const double> factors = columns.elements();
  const std::span<double> to = sums.elements();
  const std::size_t n = to.size();
  for (std::size_t k = 0; k < n; k++) {
    const double z = drawn(k);
    const double* column = &factors[k * n];
    for (std::size_t j = 0; j < n; j++) to[j] += z * column[j];
  }
}

}  // namespace

Array multinomial(const Shape& shape, std::int64_t n, const std::vector<double>& pvals, const RandomOptions& o) {
  check_draws(n);
  if (pvals.empty()) throw ValueError("multinomial: there are no pvals");
  check_pvals(pvals);
  return multinomial(shape, Operand(n), array(pvals, {static_cast<std::int64_t>(pvals.size())}), o);
}

Array multinomial(const Shape& shape, const Operand& n, const Array& pvals, const RandomOptions& o) {
  check_integer(o, "multinomial");
  if (n.array() ? is_inexact(n.array()->dtype()) : n.scalar()->kind() > Kind::integer)
    throw DTypeError("multinomial: n must be integers; astype converts");
  if (is_complex(pvals.dtype())) throw DTypeError("multinomial: the pvals are complex");
  if (pvals.rank() == 0 || pvals.shape()[pvals.rank() - 1] == 0)
    throw ValueError("multinomial: pvals of shape " + to_string(pvals.shape()) + " have no probabilities");
  if (!n.array()) check_draws(n.scalar()->as<std::int64_t>());
  const std::int64_t length = pvals.shape()[pvals.rank() - 1];
  const Array draws = n.array() ? *n.array() : full({}, *n.scalar(), DType::int64);
  Shape outer = pvals.shape();
  outer.erase(outer.size() - 1);
  for (const Shape& given : {draws.shape(), outer})
    if (broadcast_shapes(shape, given, "multinomial") != shape)
      throw ShapeError("multinomial: n of shape " + to_string(draws.shape()) + " and pvals of shape " +
                       to_string(pvals.shape()) + " do not broadcast to the shape " + to_string(shape));
  const Array drawn = of_rows("multinomial", "(),(key),(),(k)->(k)", detail::chunk_function(draw_outcomes),
                              {row_numbers_of(shape, length, o), key_array(o), draws, pvals});
  return astype(drawn, o.dtype.value_or(DType::int64));
}

Array multivariate_hypergeometric(const Shape& shape, const std::vector<std::int64_t>& colors, std::int64_t nsample,
                                  const std::string& method, const RandomOptions& o) {
  check_integer(o, "multivariate_hypergeometric");
  if (method != "marginals" && method != "count")
    throw ValueError("multivariate_hypergeometric: the method must be 'marginals' or 'count', not '" + method + "'");
  const bool is_count = method == "count";
  check_colors(colors, nsample, is_count);
  const auto length = static_cast<std::int64_t>(colors.size());
  const ChunkFunction f = is_count ? detail::chunk_function(draw_colors<cpu::colors_one_by_one>)
                                   : detail::chunk_function(draw_colors<cpu::colors_by_chain>);
  const Array drawn = of_rows(
      is_count ? "colors one by one" : "colors by a chain", "(),(key),(k),()->(k)", f,
      {row_numbers_of(shape, length, o), key_array(o), array(colors, {length}), full({}, nsample, DType::int64)});
  return astype(drawn, o.dtype.value_or(DType::int64));
}

Array multivariate_normal(const Shape& shape, const Array& mean, const Array& cov, const MultivariateNormalOptions& how,
                          const RandomOptions& o) {
  check_parameters(mean, cov, how);
  const DType type = o.dtype.value_or(DType::float64);
  if (!is_real_floating(type))
    throw DTypeError("multivariate_normal: " + to_string(type) + " is not float32 or float64");
  const std::int64_t n = mean.size();
  const ChunkGrid rows_grid = grid_of_rows(shape, n, o.chunks);
  std::vector<AxisChunks> cuts;
  for (int i = 0; i < shape.size(); i++) cuts.push_back(rows_grid.axis(i));
  cuts.push_back(AxisChunks::regular(n, n));
  const Array z(std::make_shared<SourceNode>(DType::float64, with_row(shape, n), ChunkGrid(std::move(cuts)),
                                             Generator(RandomSource{RandomSource::Kind::normal, {o.seed, o.stream}})));
  const Array columns = factor_columns(astype(cov, DType::float64), how);
  const Array rows = apply_gufunc("(k),(k,j)->(j)", times_columns, {z, columns},
                                  {.name = "normal numbers times the factor of a covariance"});
  return astype(rows + astype(mean, DType::float64), type);
}

}  // namespace tessera

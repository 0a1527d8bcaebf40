// The expressions of bits_test: every operator on sources that lie in every way.
#include "bits_expressions.hpp"

#include <limits>
#include <tessera/core/graph/node.hpp>

#include "counted.hpp"
#include "memory_store.hpp"

namespace tessera::testing {
namespace {

const Shape shape{23, 90, 110};  // 1.8 MB of float64, several leaves in a chunk

// A user's reduction whose result depends on how it groups its elements.
double rounded_sum(std::span<const double> elements) {
  double s = 0;
  for (double x : elements) s = s * 0.999 + x;
  return s;
}
double add_sums(const double& a, const double& b) { return a * 0.5 + b; }
double mean_of_sum(const double& s, std::int64_t count) { return s / static_cast<double>(count); }

void add_reductions(std::vector<Expression>& list, const std::string& source, const Array& x,
                    const std::vector<std::uint32_t>& subsets) {
  for (auto axes : subsets) {
    std::vector<std::int64_t> axis;
    for (int i = 0; i < x.rank(); i++)
      if (axes >> i & 1u) axis.push_back(i);
    const ReduceOptions o{.axis = Axes(axis)};
    const std::string at = source + " axes " + std::to_string(axes);
    list.push_back({at + " sum", sum(x, o)});
    list.push_back({at + " mean", mean(x, o)});
    list.push_back({at + " var", var(x, o)});
    list.push_back({at + " min", min(x, o)});
    list.push_back({at + " max", max(x, o)});
    if (axes != 1 && axes != 4 && axes != 7) continue;
    list.push_back({at + " prod", prod(x * 1e-3, o)});
    const Array holes = where(x > 1e6, std::numeric_limits<double>::quiet_NaN(), x);
    list.push_back({at + " nanvar", nanvar(holes, o)});
    list.push_back({at + " nanmean", nanmean(holes, o)});
    list.push_back({at + " nanmin", nanmin(holes, o)});
    list.push_back({at + " argmax", argmax(x, o)});
    list.push_back({at + " nanargmin", nanargmin(holes, o)});
    list.push_back({at + " user's", reduction<double>(astype(x, DType::float64), rounded_sum, add_sums, mean_of_sum,
                                                      {.axis = Axes(axis), .name = "rounded sum"})});
  }
}

// Functions of the user's own whose results depend on what they are given at a time.
double fold_block(BlockView<const double> x) {
  double s = 0;
  for (std::int64_t i = 0; i < x.extent(0); i++)
    for (std::int64_t j = 0; j < x.extent(1); j++)
      for (std::int64_t k = 0; k < x.extent(2); k++) s = s * 0.999 + x(i, j, k);
  return s;
}
void add_calls(std::vector<Expression>& list, const std::string& s, const Array& x) {
  const auto folded = [](BlockView<const double> in, BlockView<double> out) { *out.data() = fold_block(in); };
  const auto row = [](BlockView<const double> in) {
    double all = 0;
    for (std::int64_t i = 0; i < in.size(); i++) all = all * 0.999 + in[i];
    return all;
  };
  const auto product = [](double a, double b) { return a * b + 0.1; };
  list.push_back({s + " mapped", map(product, {x, flip(x)}, {.name = "product"}), true});
  list.push_back({s + " mapped and folded", sum(map(product, {x, x[0]}, {.name = "product"}), {.axis = {1}})});
  list.push_back({s + " blocks", map_blocks(folded, x * 1.5, {.name = "folded"}), true});
  list.push_back(
      {s + " overlapping", map_overlap(folded, x, {3, 0, 9}, {.name = "folded", .boundary = {"periodic"}}), true});
  list.push_back({s + " rows", apply_along_axis(row, 1, sqrt(abs(x)), {.name = "row"}), true});
}

void add_chains(std::vector<Expression>& list, const std::string& s, const Array& x) {
  const Array r = abs(x);
  list.push_back({s + " chain", mean(sqrt(r) + x * x - x / (r + 1.0), {.axis = {0}})});
  list.push_back({s + " math", sum(exp(-r) + log(r + 1.0) + sin(x) * cos(x) + tanh(x * 1e-4) + pow(r + 0.5, 0.37),
                                   {.axis = {1, 2}})});
  list.push_back({s + " transposed", sum(x.T(), {.axis = {0, 1}})});
  list.push_back({s + " sliced", sum(x[{Slice{{}, {}, 2}, Slice{{}, {}, -1}, Slice{3, {}, {}}}], {.axis = {0, 2}})});
  list.push_back({s + " difference", sum(x[{Slice{1, {}, {}}}] - x[{Slice{{}, -1, {}}}])});
  list.push_back({s + " std", std(x - mean(x, {.axis = {0}, .keepdims = true}), {.axis = {1}, .correction = 1})});
  for (int axis = 0; axis < 3; axis++)
    list.push_back({s + " scan " + std::to_string(axis), cumulative_sum(x - 1.0, {.axis = axis}), true});
  for (int axis = 0; axis < 3; axis++)
    list.push_back({s + " sorted " + std::to_string(axis), sort(remainder(x, 7.0), {.axis = axis}), true});
  list.push_back({s + " order", argsort(floor(x * 1e-5), {.axis = 1, .descending = true}), true});
  list.push_back({s + " places", searchsorted(arange(-50, 50, 1, DType::float64, {9}), x * 1e-3), true});
  const Weights cross(Shape{1, 3, 3}, {0, 1, 0, 1, -4.1, 1, 0, 1, 0});
  list.push_back({s + " filtered", correlate(sqrt(r), cross, {.mode = {"mirror"}}), true});
  list.push_back(
      {s + " blurred", gaussian_filter(x, {1.2, 0.4, 3}, {.mode = {"wrap", "nearest", "reflect"}}) * x, true});
  list.push_back({s + " blurred in float32",
                  gaussian_filter(astype(x, DType::float32), {3.1, 1.3, 4}, {.sum_dtype = DType::float32}), true});
  const Array months = arange(x.shape()[0]) % 12, levels = arange(x.shape()[2]) * 7 % 5 - 1;
  list.push_back({s + " histogram", histogram(x, 300).counts});
  list.push_back({s + " weighted histogram", histogram(x, {-1e7, -1e5, 0, 3, 1e6}, {.weights = sqrt(r)}).counts});
  list.push_back({s + " group means", group_mean(x * 1.5, months, 12, {.axis = 0}), true});
  list.push_back({s + " group variances", group_var(x, levels, 4, {.axis = 2})});
  list.push_back({s + " many groups", group_sum(sqrt(r), astype(r, DType::int64) % 3000, 3000)});
  list.push_back({s + " rolling", rolling_mean(x, 7, {.axis = 0, .min_count = 3}), true});
  list.push_back({s + " rolling along", rolling_sum(sqrt(r), 50, {.center = true})[{Slice{3, {}, 2}}], true});
  list.push_back({s + " resized", resize(x, {7, 5, 90}) + 1.0, true});
  list.push_back({s + " resized by area", resize(x, {5, x.shape()[1], 9}, {.method = ResizeMethod::area}), true});
  list.push_back({s + " around", stencil([](const auto& u) { return u(1, 0, 0) - u(0, 0, -2) * 0.1; }, x), true});
  list.push_back({s + " ranked", sum(median_filter(x, {3, 1, 4}, {.mode = {"constant"}}), {.axis = {1}})});
  list.push_back({s + " product", matmul(x, swapaxes(sqrt(r), 1, 2)), true});
  list.push_back({s + " long sums", einsum("ijk,ijl->kl", {x, x}), true});
  list.push_back({s + " product of one", matmul(cumulative_sum(x[0], {.axis = 0}), x[1].T()), true});
  list.push_back({s + " largest", topk(x, 5, 2), true});
  list.push_back({s + " scanned", mean(cumulative_prod(1.0 + x * 1e-12, {.axis = 1}) * x, {.axis = {0}})});
  list.push_back({s + " median", median(x * 2.0)});
  list.push_back({s + " quantiles", quantile(x, {0.1, 0.5, 0.77}, {.axis = {1}, .method = "weibull"})});
  list.push_back({s + " counted", counted(nanquantile(x, {0.01, 0.9}, {.axis = {0, 2}}))});
  const Array some = arange(0, 300, 1, DType::int64, {70}) * 7 % x.shape()[0], others = some * 5 % x.shape()[2];
  list.push_back({s + " gathered", index(x, {some}) * 2.0, true});
  list.push_back({s + " gathered twice", sum(index(x, {-some, Slice{}, others}), {.axis = {0}})});
  list.push_back({s + " gathered along", take(sqrt(r), others, 2), true});
  const Array places = arange(0, 500, 1, DType::int64) % 90;  // each several times
  list.push_back({s + " assigned",
                  assign(sqrt(r), {places % x.shape()[0], Slice{}, places % 7}, expand_dims(arange(500.0), 1)), true});
  const CountMask half = [](const Array& counts) {  // of every second row
    const ChunkGrid& domain = as_mask_count(*counts.node()).domain();
    std::vector<std::int64_t> n;
    for (std::int64_t k = 0; k < domain.count(); k++)
      n.push_back((domain.axis(0).bound(k + 1) + 1) / 2 - (domain.axis(0).bound(k) + 1) / 2);
    return n;
  };
  list.push_back({s + " masked", index(x * 2.0, {arange(x.shape()[0]) % 2 == 0}, half), true});
  list.push_back({s + " elementwise", sqrt(r) * x + sin(x), true});
  add_calls(list, s, x);
  list.push_back({s + " flipped", flip(x.T()) * 2.0 + 1.0, true});
  list.push_back({s + " reshaped", sum(reshape(x, {-1, 10}), {.axis = {0}})});
  list.push_back({s + " whole, reshaped", reshape(max(x[newaxis], {.axis = {0}}), {-1, 5}) * 2.0, true});
  list.push_back({s + " diagonal", diagonal(cumulative_max(x, 1), -2, 2, 0), true});
  list.push_back({s + " in other chunks", sum(rechunk(x, {5, 90, 7}), {.axis = {0, 2}})});
  list.push_back({s + " whole in other chunks", rechunk(max(x[newaxis], {.axis = {0}}), {23, 4, 50}).T() * 2.0, true});
}

// Laws whose elements take as many random words as they need, and those of whole rows.
void add_laws(std::vector<Expression>& list) {
  const RandomOptions o{.seed = 6, .chunks = {700}}, of_rows{.seed = 6, .chunks = {170}};
  const Array cov = array(std::vector<double>{2, 1, 0, 1, 3, 0.5, 0, 0.5, 1}, {3, 3});
  const std::vector<double> likely{0.2, 0.3, 0.5};
  list.push_back({"gamma", gamma(Shape{9000}, 0.7, 2.0, o), true});
  list.push_back({"poisson", poisson(Shape{9000}, 30.0, o), true});
  list.push_back({"binomial", binomial(Shape{9000}, 100, 0.3, o), true});
  list.push_back({"hypergeometric", hypergeometric(Shape{9000}, 40, 50, 30, o), true});
  list.push_back({"multinomial", multinomial({1900}, 40, likely, of_rows), true});
  list.push_back({"multinomial of arrays", multinomial({1900}, arange(1900) % 50, array(likely, {3}), of_rows)});
  list.push_back({"colors", multivariate_hypergeometric({1900}, {30, 0, 9}, 25, "marginals", of_rows), true});
  list.push_back({"colors of some", multivariate_hypergeometric({1900}, {3, 5, 9}, 5, "count", of_rows), true});
  list.push_back({"normal rows", multivariate_normal({1900}, arange(3), cov, {}, of_rows)[{Slice{7, {}, 3}}], true});
}

}  // namespace

Array wild(const Dims& chunks, DType type) {
  return astype(
      normal(shape, 0, 1, {.seed = 1, .chunks = chunks}) * exp(uniform(shape, 0, 20, {.seed = 2, .chunks = chunks})),
      type);
}

std::vector<Expression> expressions(Session& base, const std::string& file) {
  const std::vector<std::uint32_t> every{1, 2, 3, 4, 5, 6, 7}, some{1, 4, 7};
  std::vector<Expression> list;
  base.compute({write(wild({}), file)}, {.force = true});
  const Array opened = base.open(file);
  add_reductions(list, "file", opened, every);
  add_chains(list, "file", opened);

  const Result values = base.compute(wild({}));
  const std::vector<std::byte> bytes(values.bytes().begin(), values.bytes().end());
  const Array stored =
      array_of(std::make_shared<MemoryStore>("bits", DType::float64, irregular_grid(shape, 4, 5), bytes));
  add_reductions(list, "irregular store", stored, every);
  add_chains(list, "irregular store", stored);

  const Array resident = base.persist(wild({8, 25, 40}));
  add_reductions(list, "resident", resident, every);
  add_chains(list, "resident", resident);
  const Array narrow = base.persist(wild({23, 7, 110}, DType::float32));
  add_reductions(list, "float32", narrow, some);
  add_chains(list, "float32", narrow);
  const Array complex = astype(resident, DType::complex128) * std::complex<double>(0.3, 1.7);
  list.push_back({"complex sum", sum(complex, {.axis = {0, 1}})});
  list.push_back({"complex prod", prod(complex * 1e-4, {.axis = {1}})});
  list.push_back({"complex var", var(complex, {.axis = {2}})});
  add_reductions(list, "generated", wild({5, 13, 64}), some);
  list.push_back({"integers", sum(arange(0, 300000, 1, {}, {1000}) * 3)});
  list.push_back({"sorted line", sort(wild({}, DType::float64)[{3, 4}]), true});
  // Long enough for a sample to tell where ranks' parts begin; with both zeros and NaN.
  const Array line = uniform({90000}, 0, 1, {.seed = 9, .chunks = {7000}});
  const Array steps = floor(line * 40.0) - 7.0;
  list.push_back({"long line", sort(line), true});
  list.push_back({"long line of zeros and NaN", sort(steps * 0.0 * sqrt(steps + 3.0) + sqrt(line - 0.3)), true});
  list.push_back({"long line of equals", argsort(steps * (0.5 - line), {.descending = true}), true});
  list.push_back(
      {"long line of negative zeros", sort(where(line < 0.4, steps, -(steps * 0.0)), {.descending = true}), true});
  add_laws(list);
  list.push_back({"permutation", permutation(20000, {.seed = 4, .chunks = {1700}}), true});
  list.push_back({"drawn", choice_without_replacement(40, 3000, {}, {.seed = 4, .chunks = {170}}), true});
  list.push_back({"mixed", sum(resident * stored + opened, {.axis = {0}})});
  return list;
}

bool is_exact(const Array& x) {
  const auto is_function = [](const Instruction& i) {
    const KernelKind kind = info(i.op).kernel;
    return is_real_floating(i.type) &&
           (kind == KernelKind::math || kind == KernelKind::math_complex || kind == KernelKind::math_rare);
  };
  for (const NodePtr& n : topological_order({x.node()})) {
    const bool exact = visit_node(
        *n, overloaded{[](const ContractNode& c) { return !is_inexact(c.dtype()); },
                       [](const SourceNode& s) {
                         const auto* random = s.generator() ? std::get_if<RandomSource>(s.generator()) : nullptr;
                         return !random || random->kind != RandomSource::Kind::normal;
                       },
                       [&](const auto& other) {
                         if constexpr (requires { other.program(); })
                           return std::none_of(other.program().code.begin(), other.program().code.end(), is_function);
                         else
                           return true;
                       }});
    if (!exact) return false;
  }
  return true;
}

}  // namespace tessera::testing

// Products, from the prefix form of the golden cases: "(tensordot x y 0:2 0:2)", "(einsum ij,jk->ik x y)".
#include <algorithm>
#include <limits>

#include "golden_words.hpp"

namespace tessera::testing {
namespace {

// "0:2": several numbers in one word that is no list of chunks.
Dims numbers(const GoldenWords& words, std::string text) {
  std::replace(text.begin(), text.end(), ':', ',');
  return words.list(text);
}

Array norm_of(const GoldenWords& words) {
  const Array x = words.array();
  NormOptions o{.keepdims = false};
  const std::string ord = words.option("ord="), axis = words.option("axis=");
  if (ord == "fro")
    o.ord = ord;
  else if (!ord.empty())
    o.ord = std::stod(ord);
  if (!axis.empty()) {
    const Dims axes = words.list(axis);
    o.axis = std::vector<std::int64_t>(axes.begin(), axes.end());
  }
  o.keepdims = !words.option("keepdims").empty();
  return norm(x, o);
}

Array summed(const GoldenWords& words) {
  const std::string subscripts = words.word();
  std::string left = subscripts.substr(0, subscripts.find("->"));
  std::vector<Array> operands;
  for (auto n = std::count(left.begin(), left.end(), ','); n >= 0; n--) operands.push_back(words.array());
  return einsum(subscripts, operands);
}

Array over_axes(const GoldenWords& words) {
  const Array a = words.array(), b = words.array();
  const std::string first = words.word(), second = words.word();
  if (second.empty()) return tensordot(a, b, std::stoll(first));
  return tensordot(a, b, {numbers(words, first), numbers(words, second)});
}

std::optional<Array> input(const GoldenWords& words, const std::string& key) {
  const std::string name = words.option(key);
  return name.empty() ? std::nullopt : std::optional(words.inputs(name));
}

// "(cov x by_columns y=z fweights=f aweights=a ddof=0)"
Array covariance(const GoldenWords& words, const std::string& name) {
  const bool rows = words.option("by_columns").empty();
  const std::optional<Array> y = input(words, "y=");
  if (name == "corrcoef") return corrcoef(words.array(), y, rows);
  CovOptions o{.rowvar = rows, .bias = !words.option("bias").empty()};
  if (const std::string ddof = words.option("ddof="); !ddof.empty()) o.ddof = std::stod(ddof);
  o.fweights = input(words, "fweights="), o.aweights = input(words, "aweights=");
  return cov(words.array(), y, o);
}

Array fitted(const GoldenWords& words) {
  const std::optional<Array> w = input(words, "w=");
  const Array x = words.array(), y = words.array();
  return polyfit(x, y, std::stoll(words.word()), w);
}

Array detrended(const GoldenWords& words) {
  DetrendOptions o;
  if (const std::string axis = words.option("axis="); !axis.empty()) o.axis = std::stoll(axis);
  if (!words.option("constant").empty()) o.type = "constant";
  if (const std::string bp = words.option("bp="); !bp.empty())
    for (const auto at : words.list(bp)) o.bp.push_back(at);
  return detrend(words.array(), o);
}

}  // namespace

std::optional<Array> build_product(const std::string& name, const GoldenWords& words) {
  if (name == "cov" || name == "corrcoef") return covariance(words, name);
  if (name == "polyfit") return fitted(words);
  if (name == "detrend") return detrended(words);
  if (name == "norm") return norm_of(words);
  if (name == "einsum") return summed(words);
  if (name == "tensordot") return over_axes(words);
  if (name == "matrix_power") {
    const Array a = words.array();
    return matrix_power(a, std::stoll(words.word()));
  }
  static const char* names[] = {"matmul", "dot", "vdot", "vecdot", "inner", "outer", "kron", "cross"};
  if (std::find(std::begin(names), std::end(names), name) == std::end(names)) return std::nullopt;
  const Array a = words.array(), b = words.array();
  const std::string axis = words.option("axis=");
  const std::int64_t along = axis.empty() ? -1 : std::stoll(axis);
  if (name == "vecdot") return vecdot(a, b, along);
  if (name == "cross") return cross(a, b, along);
  return name == "matmul"  ? matmul(a, b)
         : name == "dot"   ? dot(a, b)
         : name == "vdot"  ? vdot(a, b)
         : name == "inner" ? inner(a, b)
         : name == "outer" ? outer(a, b)
                           : kron(a, b);
}

}  // namespace tessera::testing

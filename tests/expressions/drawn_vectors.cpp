// Products of vectors, powers of matrices, norms, NumPy's convolutions, and how often small numbers occur.
#include <algorithm>
#include <cmath>
#include <limits>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

// Whole numbers whose products are exact, in sums of some hundreds.
bool multiplies_exactly(const Drawn& d) {
  if (!d.exact) return false;
  if (d.expected.type == reference::Type::b || reference::is_int(d.expected.type)) return true;  // wrap
  const double most = reference::bits(d.expected.type) < 64 ? 64 : 1 << 16;
  return std::all_of(d.expected.elements.begin(), d.expected.elements.end(), [&](const reference::Number& n) {
    return std::abs(n.re) <= most && std::abs(n.im) <= most && n.re == std::floor(n.re) && n.im == std::floor(n.im);
  });
}

reference::Array conjugated(reference::Array x) {
  for (auto& n : x.elements) n.im = -n.im;
  return x;
}

std::vector<int> with_last(int axis, int rank) {
  std::vector<int> order;
  for (int i = 0; i < rank; i++)
    if (i != axis) order.push_back(i);
  order.push_back(axis);
  return order;
}

// Of vectors along the last axis of two arrays of one shape.
reference::Array products_of_rows(const reference::Array& x, const reference::Array& y) {
  std::vector<std::int64_t> rest = x.shape;
  const std::int64_t k = rest.back(), n = k == 0 ? 0 : x.size() / k;
  rest.pop_back();
  return reference::reshape(*reference::matmul(reference::reshape(x, {n, 1, k}), reference::reshape(y, {n, k, 1})),
                            rest);
}

// Every place where weights, of as many axes, overlap x, f8.
reference::Array convolved(const reference::Array& x, const std::vector<std::int64_t>& shape,
                           const std::vector<double>& weights) {
  reference::Array y{reference::Type::f8, x.shape, {}};
  for (std::size_t i = 0; i < shape.size(); i++) y.shape[i] += shape[i] - 1;
  reference::for_each(y.shape, [&](const std::vector<std::int64_t>& index) {
    double sum = 0;
    std::size_t k = 0;
    reference::for_each(shape, [&](const std::vector<std::int64_t>& tap) {
      std::vector<std::int64_t> at = index;
      bool there = true;
      for (std::size_t i = 0; i < at.size(); i++) at[i] -= tap[i], there = there && at[i] >= 0 && at[i] < x.shape[i];
      const double w = weights[k++];
      if (there) sum += w * (reference::is_float(x.type) ? x.at(at).re : static_cast<double>(x.at(at).i));
    });
    y.elements.push_back({0, sum, 0});
  });
  return y;
}

}  // namespace

bool Drawer::vectors() {
  const Drawn x = any();
  Drawn y = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || x.expected.size() == 0 || !multiplies_exactly(x)) return false;
  if (y.expected.shape != x.expected.shape || !multiplies_exactly(y)) y = x;
  const auto both = "(" + label(x) + ", " + label(y);
  const auto type = reference::promote(x.expected.type, y.expected.type);
  const reference::Array left = reference::cast(x.expected, type), right = reference::cast(y.expected, type);
  switch (below(3)) {
    case 0: {
      const int axis = below(rank);
      const auto order = with_last(axis, rank);
      keep(vecdot(x.array, y.array, axis),
           products_of_rows(reference::permute(conjugated(left), order), reference::permute(right, order)),
           "vecdot" + both + ", " + std::to_string(axis) + ")", {&x, &y}, true, 0);
      return true;
    }
    case 1: {
      const std::vector<std::int64_t> line{x.expected.size()};
      keep(vdot(x.array, y.array),
           products_of_rows(reference::reshape(conjugated(left), line), reference::reshape(right, line)),
           "vdot" + both + ")", {&x, &y}, true, 0);
      return true;
    }
    default: {
      const std::int64_t k = x.expected.shape.back(), n = x.expected.size() / k;
      if (n * n > 4000 || rank > 3) return false;
      std::vector<std::int64_t> shape(x.expected.shape.begin(), x.expected.shape.end() - 1);
      shape.insert(shape.end(), x.expected.shape.begin(), x.expected.shape.end() - 1);
      const auto z = *reference::matmul(reference::reshape(left, {n, k}),
                                        reference::permute(reference::reshape(right, {n, k}), {1, 0}));
      keep(inner(x.array, y.array), reference::reshape(z, shape), "inner" + both + ")", {&x, &y}, true, 0);
      return true;
    }
  }
}

// Of the square that the first rows and columns are.
bool Drawer::powers() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank < 2 || !multiplies_exactly(x) || x.expected.type == reference::Type::b) return false;
  const std::int64_t n = std::min(x.expected.shape[static_cast<std::size_t>(rank) - 1],
                                  x.expected.shape[static_cast<std::size_t>(rank) - 2]);
  if (n == 0) return false;
  const reference::Array square = reference::slice(reference::slice(x.expected, rank - 2, 0, n, 1), rank - 1, 0, n, 1);
  const int power = 1 + below(reference::is_int(x.expected.type) ? 4 : 2);
  reference::Array y = square;
  for (int k = 1; k < power; k++) y = *reference::matmul(y, square);
  keep(matrix_power(x.array(ellipsis, Slice{0, n}, Slice{0, n}), power), y,
       "matrix_power(" + label(x) + "[..., :" + std::to_string(n) + ", :" + std::to_string(n) + "], " +
           std::to_string(power) + ")",
       {&x}, true, 0);
  return true;
}

bool Drawer::norms() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  const auto type = x.expected.type;
  if (rank == 0 || x.expected.size() == 0 || reference::is_complex(type) || type == reference::Type::b) return false;
  if (!x.exact || !is_finite(x.expected) || magnitude(x.expected) > 1e4) return false;
  reference::Array sizes = reference::cast(x.expected, reference::Type::f8);
  for (auto& n : sizes.elements) n.re = std::abs(n.re);
  const int axis = below(rank), what = below(4);
  std::vector<bool> along(static_cast<std::size_t>(rank), false);
  along[static_cast<std::size_t>(axis)] = true;
  const auto result = reference::is_float(type) ? type : reference::Type::f8;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (what < 3) {
    static const char* names[] = {"sum", "max", "min"};
    const double orders[] = {1, infinity, -infinity};
    const auto y = reference::reduce(names[what], sizes, along, false);
    if (!y) return false;
    keep(norm(x.array, {.ord = orders[what], .axis = axis}), reference::cast(*y, result),
         "norm(" + label(x) + ", " + std::to_string(orders[what]) + ", " + std::to_string(axis) + ")", {&x}, what > 0,
         what > 0 ? 0 : 64 * unit(result) * magnitude(*y));
    return true;
  }
  for (auto& n : sizes.elements) n.re *= n.re;
  auto y = reference::reduce("sum", sizes, along, false);
  if (!y) return false;
  for (auto& n : y->elements) n.re = std::sqrt(n.re);
  keep(norm(x.array, {.axis = axis}), reference::cast(*y, result),
       "norm(" + label(x) + ", axis " + std::to_string(axis) + ")", {&x}, false, 64 * unit(result) * magnitude(*y));
  return true;
}

bool Drawer::convolving() {
  const Drawn x = any();
  const std::size_t rank = x.expected.shape.size();
  const auto type = x.expected.type;
  if (rank == 0 || rank > 3 || x.expected.size() == 0 || type == reference::Type::b || reference::is_complex(type))
    return false;
  if (!x.exact || !(magnitude(x.expected) < 1e6)) return false;
  std::vector<std::int64_t> shape;
  std::vector<double> weights;
  std::int64_t count = 1;
  std::string text;
  for (std::size_t i = 0; i < rank; i++) shape.push_back(1 + below(rank == 1 ? 9 : 3)), count *= shape.back();
  for (std::int64_t k = 0; k < count; k++)
    weights.push_back(below(5) - 2), text += " " + std::to_string(weights.back());
  const int how = below(3);
  const bool turned = below(2) == 0;  // correlate is convolve with the weights in reverse
  std::vector<double> used = weights;
  if (turned) std::reverse(used.begin(), used.end());
  reference::Array y = convolved(x.expected, shape, used);
  for (std::size_t i = 0; i < rank && how > 0; i++) {
    const std::int64_t n = x.expected.shape[i], shorter = std::min(n, shape[i]), longer = std::max(n, shape[i]);
    y = reference::slice(y, static_cast<int>(i), how == 1 ? (shorter - 1) / 2 : shorter - 1,
                         how == 1 ? longer : longer - shorter + 1, 1);
  }
  if (y.size() > 4096) return false;
  static const Overlap overlaps[] = {Overlap::full, Overlap::same, Overlap::valid};
  const Weights w(shape_of(shape), weights);
  keep(turned ? correlate(x.array, w, overlaps[how]) : convolve(x.array, w, overlaps[how]), y,
       (turned ? "correlate(" : "convolve(") + label(x) + "," + text + ", overlap " + std::to_string(how) + ")", {&x},
       true, 0);
  return true;
}

// How often 0, 1, ... occur.
bool Drawer::occurrences() {
  const Drawn x = any();
  const std::int64_t groups = 1 + below(8), n = x.expected.size();
  if (n == 0 || !x.exact) return false;
  std::vector<std::int64_t> labels;
  std::string text;
  const Array by = drawn_labels({n}, groups, labels, text);
  reference::Array counts{
      reference::Type::i8, {groups + 1}, std::vector<reference::Number>(static_cast<std::size_t>(groups) + 1)};
  for (const auto l : labels) counts.elements[static_cast<std::size_t>(l + 1)].i++;
  keep(bincount(astype(by, DType::int64) + 1, groups + 1), counts, "bincount(" + text + " + 1)", {&x}, true, 0);
  return true;
}

}  // namespace tessera::testing

// Matrix products of what is there with itself or a partner: of small whole numbers, so that sums are exact.
#include <rapidcheck.h>

#include <cmath>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

bool has_small_integers(const Drawn& d) {
  for (const auto& n : d.expected.elements) {
    if (d.expected.type == reference::Type::b || reference::is_int(d.expected.type)) continue;  // wrap
    const double limit = reference::bits(d.expected.type) < 30 ? 64 : 1 << 16;
    for (const double part : {n.re, n.im})
      if (!(part <= limit && part >= -limit) || part != std::floor(part)) return false;
  }
  return d.exact;
}

}  // namespace

bool Drawer::multiplying() {
  const Drawn x = any(), y = below(2) ? pool_[partner(pick())] : any();
  if (x.expected.shape.empty() || y.expected.shape.empty() || !has_small_integers(x) || !has_small_integers(y))
    return false;
  if (x.expected.shape.size() + y.expected.shape.size() > 7) return false;
  // Often the axes only fit when one is turned.
  for (const bool turned : {false, true}) {
    const Drawn* right = &y;
    Drawn seen = y;
    if (turned) {
      const int rank = static_cast<int>(y.expected.shape.size());
      if (rank < 2) return false;
      std::vector<int> order;
      for (int i = 0; i < rank; i++) order.push_back(i);
      std::swap(order[static_cast<std::size_t>(rank) - 1], order[static_cast<std::size_t>(rank) - 2]);
      seen.array = swapaxes(y.array, -1, -2);
      seen.expected = reference::permute(y.expected, order);
      right = &seen;
    }
    const auto expected = reference::matmul(x.expected, right->expected);
    if (!expected || expected->size() > 4000) continue;
    const std::string text = turned ? "swapaxes(" + label(y) + ", -1, -2)" : label(y);
    keep(matmul(x.array, right->array), *expected, "matmul(" + label(x) + ", " + text + ")", {&x, &y}, true, 0);
    return true;
  }
  return false;
}

// Products along axes that are named: the same as a matrix product of what is turned and joined.
bool Drawer::contracting() {
  const Drawn x = any(), y = any();
  const std::size_t p = x.expected.shape.size(), q = y.expected.shape.size();
  if (p == 0 || q == 0 || p + q > 5 || !has_small_integers(x) || !has_small_integers(y)) return false;
  const auto line = [](const reference::Array& a) { return reference::reshape(a, {a.size()}); };
  const reference::Array rows = reference::expand(line(x.expected), 1),
                         columns = reference::expand(line(y.expected), 0);
  const auto joined = [](std::vector<std::int64_t> a, const std::vector<std::int64_t>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  const std::string of = "(" + label(x) + ", " + label(y) + ")";
  if (const int what = below(4); what < 2) {
    if (x.expected.size() * y.expected.size() > 4000) return false;
    const auto product = *reference::matmul(rows, columns);
    if (what == 0)
      keep(outer(x.array, y.array), product, "outer" + of, {&x, &y}, true, 0);
    else
      keep(tensordot(x.array, y.array, 0), reference::reshape(product, joined(x.expected.shape, y.expected.shape)),
           "tensordot, 0 axes" + of, {&x, &y}, true, 0);
    return true;
  }
  // The last axis of x with any of y.
  const int axis = below(static_cast<int>(q));
  const std::int64_t k = x.expected.shape.back();
  if (y.expected.shape[static_cast<std::size_t>(axis)] != k) return false;
  std::vector<int> order{axis};
  std::vector<std::int64_t> rest;
  std::string left, right, made;
  for (std::size_t i = 0; i < p; i++) left += static_cast<char>('a' + i);
  made = left.substr(0, p - 1);
  for (int i = 0; i < static_cast<int>(q); i++) {
    right += i == axis ? left.back() : static_cast<char>('p' + i);
    if (i == axis) continue;
    order.push_back(i), rest.push_back(y.expected.shape[static_cast<std::size_t>(i)]);
    made += right.back();
  }
  const std::int64_t m = k == 0 ? 0 : x.expected.size() / k, n = k == 0 ? 0 : y.expected.size() / k;
  if (k == 0) return false;
  std::vector<std::int64_t> shape = x.expected.shape;
  shape.pop_back();
  const auto product = *reference::matmul(reference::reshape(x.expected, {m, k}),
                                          reference::reshape(reference::permute(y.expected, order), {k, n}));
  if (product.size() > 4000) return false;
  const std::string subscripts = left + "," + right + "->" + made;
  keep(below(2) ? einsum(subscripts, {x.array, y.array})
                : tensordot(x.array, y.array, std::pair{Dims{static_cast<std::int64_t>(p) - 1}, Dims{axis}}),
       reference::reshape(product, joined(shape, rest)), subscripts + of, {&x, &y}, true, 0);
  return true;
}

bool Drawer::kronecker() {
  const Drawn x = any(), y = any();
  if (!has_small_integers(x) || !has_small_integers(y)) return false;
  if (x.expected.size() * y.expected.size() > 4000) return false;
  keep(kron(x.array, y.array), reference::kron(x.expected, y.expected), "kron(" + label(x) + ", " + label(y) + ")",
       {&x, &y}, true, 0);
  return true;
}

// Of three elements that lie one behind the other along an axis.
bool Drawer::crossing() {
  const Drawn x = any();
  const std::size_t rank = x.expected.shape.size();
  if (rank == 0 || !has_small_integers(x) || x.expected.type == reference::Type::b) return false;
  const int axis = below(static_cast<int>(rank));
  const auto vectors = [&](const Drawn& of, Array& array, reference::Array& expected) {
    const std::int64_t n = of.expected.shape[static_cast<std::size_t>(axis)];
    if (n < 3) return false;
    const std::int64_t from = below(static_cast<int>(n) - 2);
    std::vector<Index> items(static_cast<std::size_t>(axis), Index(Slice{}));
    items.emplace_back(Slice{from, from + 3});
    array = of.array.index(items), expected = reference::slice(of.expected, axis, from, 3, 1);
    return true;
  };
  Drawn y = any();
  if (y.expected.shape.size() != rank || !has_small_integers(y) || y.expected.type == reference::Type::b) y = x;
  Array a = x.array, b = y.array;
  reference::Array left, right;
  if (!vectors(x, a, left) || !vectors(y, b, right)) return false;
  if (!reference::broadcast(left.shape, right.shape)) return false;
  const auto z = reference::cross(left, right, axis);
  if (!z) return false;
  keep(cross(a, b, axis), *z, "cross(" + label(x) + ", " + label(y) + ", axis " + std::to_string(axis) + ")", {&x, &y},
       true, 0);
  return true;
}

}  // namespace tessera::testing

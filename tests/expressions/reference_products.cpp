#include "reference.hpp"

namespace tessera::reference {
namespace {

Number added(Type t, const Number& a, const Number& b, const Number& c) {
  Number n;
  if (t == Type::b) {
    n.i = a.i || (b.i && c.i);
  } else if (is_int(t)) {
    n.i = static_cast<__int128>(static_cast<unsigned __int128>(a.i) +
                                static_cast<unsigned __int128>(wrapped_product(b.i, c.i)));
  } else {
    n.re = a.re + b.re * c.re - b.im * c.im;
    n.im = a.im + b.re * c.im + b.im * c.re;
  }
  return stored(t, n);
}

}  // namespace

std::optional<Array> matmul(const Array& x, const Array& y) {
  const Type t = promote(x.type, y.type);
  Array a = cast(x, t), b = cast(y, t);
  const bool row = a.shape.size() == 1, column = b.shape.size() == 1;
  if (row) a = expand(a, 0);
  if (column) b = expand(b, 1);
  const std::size_t p = a.shape.size() - 2, q = b.shape.size() - 2;
  const std::int64_t m = a.shape[p], k = a.shape[p + 1], n = b.shape[q + 1];
  if (b.shape[q] != k) return std::nullopt;
  const auto stack = broadcast({a.shape.begin(), a.shape.begin() + static_cast<std::ptrdiff_t>(p)},
                               {b.shape.begin(), b.shape.begin() + static_cast<std::ptrdiff_t>(q)});
  if (!stack) return std::nullopt;
  const auto whole = [&](std::int64_t rows, std::int64_t columns) {
    std::vector<std::int64_t> shape = *stack;
    shape.push_back(rows), shape.push_back(columns);
    return shape;
  };
  a = broadcast_to(a, whole(m, k)), b = broadcast_to(b, whole(k, n));
  Array c;
  c.type = t, c.shape = whole(m, n);
  for_each(c.shape, [&](const std::vector<std::int64_t>& index) {
    std::vector<std::int64_t> left = index, right = index;
    Number sum;
    for (std::int64_t i = 0; i < k; i++) {
      left.back() = i, right[right.size() - 2] = i;
      sum = added(t, sum, a.at(left), b.at(right));
    }
    c.elements.push_back(sum);
  });
  if (column) c.shape.pop_back();
  if (row) c.shape.erase(c.shape.end() - (column ? 1 : 2));
  return c;
}

Array kron(const Array& x, const Array& y) {
  Array a = x, b = y;
  while (a.shape.size() < b.shape.size()) a = expand(a, 0);
  while (b.shape.size() < a.shape.size()) b = expand(b, 0);
  Array left{a.type, {}, {}}, right{b.type, {}, {}};
  for (std::size_t i = 0; i < a.shape.size(); i++) left.shape.push_back(a.shape[i] * b.shape[i]);
  right.shape = left.shape;
  for_each(left.shape, [&](const std::vector<std::int64_t>& index) {
    std::vector<std::int64_t> outer = index, inner = index;
    for (std::size_t i = 0; i < index.size(); i++) outer[i] /= b.shape[i], inner[i] %= b.shape[i];
    left.elements.push_back(a.at(outer)), right.elements.push_back(b.at(inner));
  });
  return *binary("multiply", left, right);
}

std::optional<Array> cross(const Array& a, const Array& b, int axis) {
  const auto part = [&](const Array& x, int k) { return take_one(x, axis, k); };
  std::vector<Array> parts;
  for (int k = 0; k < 3; k++) {
    const int i = (k + 1) % 3, j = (k + 2) % 3;
    const auto p = binary("multiply", part(a, i), part(b, j)), q = binary("multiply", part(a, j), part(b, i));
    const auto c = p && q ? binary("subtract", *p, *q) : std::nullopt;
    if (!c) return std::nullopt;
    parts.push_back(expand(*c, axis));
  }
  return concat(parts, axis);
}

}  // namespace tessera::reference

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

}  // namespace tessera::reference

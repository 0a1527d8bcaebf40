// Elements at indices, and where masks are true.
#include "reference.hpp"

namespace tessera::reference {

Array take(const Array& x, const std::vector<std::int64_t>& wanted) {
  std::vector<Array> parts{slice(x, 0, 0, 0, 1)};
  for (const auto i : wanted) parts.push_back(slice(x, 0, i, 1, 1));
  return concat(parts, 0);
}

Array nonzero_places(const Array& x) {
  Array y{Type::i8, {0}, {}};
  for (std::size_t k = 0; k < x.elements.size(); k++) {
    const Number& n = x.elements[k];
    if (n.i == 0 && n.re == 0 && n.im == 0) continue;
    y.elements.push_back({static_cast<std::int64_t>(k)});
    y.shape[0]++;
  }
  return y;
}

void replace_along(Array& x, int axis, const Array& at, const Array& values) {
  const auto a = static_cast<std::size_t>(axis);
  std::int64_t step = 1, k = 0;
  for (std::size_t i = a + 1; i < x.shape.size(); i++) step *= x.shape[i];
  for_each(x.shape, [&](const std::vector<std::int64_t>& index) {
    const auto from = static_cast<std::size_t>(k++);
    const auto to = static_cast<std::int64_t>(at.elements[from].i);
    x.elements[from + static_cast<std::size_t>((to - index[a]) * step)] = values.elements[from];
  });
}

void fill_slice(Array& x, int axis, std::int64_t i, const Number& value) {
  std::size_t k = 0;
  for_each(x.shape, [&](const std::vector<std::int64_t>& index) {
    if (index[static_cast<std::size_t>(axis)] == i) x.elements[k] = value;
    k++;
  });
}

}  // namespace tessera::reference

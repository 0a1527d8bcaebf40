// Sorts of what is there: whole orders, the first of them, and places in them.
#include "drawn.hpp"

namespace tessera::testing {
bool Drawer::ordered() {
  if (below(4) == 0) return taking_along();
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || !x.exact) return false;
  const int axis = below(rank);
  const bool descending = below(2) == 0, indices = below(2) == 0;
  const auto n = static_cast<int>(x.expected.shape[static_cast<std::size_t>(axis)]);
  reference::Array y = reference::sorted(x.expected, axis, descending, indices);
  const std::string how = label(x) + ", " + std::to_string(axis);
  if (below(3) > 0) {
    const SortOptions o{.axis = axis, .descending = descending};
    keep(indices ? argsort(x.array, o) : sort(x.array, o), std::move(y),
         std::string(indices ? "argsort(" : "sort(") + how + (descending ? ", descending)" : ")"), {&x}, true, 0);
    return true;
  }
  const int count = std::min(n, 1 + below(4)), k = descending ? count : -count;
  y = reference::slice(y, axis, 0, count, 1);
  keep(indices ? argtopk(x.array, k, axis) : topk(x.array, k, axis), std::move(y),
       std::string(indices ? "argtopk(" : "topk(") + how + ", " + std::to_string(k) + ")", {&x}, true, 0);
  return true;
}

bool Drawer::searching() {
  const Drawn x = any(), y = any();
  if (!x.exact || !y.exact || x.expected.type != y.expected.type || y.expected.size() == 0) return false;
  const reference::Array sorted =
      reference::sorted(reference::reshape(y.expected, {y.expected.size()}), 0, false, false);
  const bool right = below(2) == 0;
  const Array line = sort(y.array, {.axis = std::nullopt});
  const std::string of = label(x) + " in " + label(y) + (right ? ", right)" : ")");
  if (below(2) == 0)
    keep(searchsorted(line, x.array, right ? Side::right : Side::left), reference::places(sorted, x.expected, right),
         "searchsorted(" + of, {&x, &y}, true, 0);
  else
    keep(digitize(x.array, line, right), reference::places(sorted, x.expected, !right), "digitize(" + of, {&x, &y},
         true, 0);
  return true;
}

}  // namespace tessera::testing

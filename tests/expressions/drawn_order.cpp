// Sorts of what is there: whole orders, and the first of them.
#include <rapidcheck.h>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

int below(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); }

/// "v3"
std::string label(const Drawn& d) { return d.text.substr(0, d.text.find(' ')); }

}  // namespace

bool Drawer::ordered() {
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

}  // namespace tessera::testing

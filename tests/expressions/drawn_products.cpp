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

}  // namespace tessera::testing

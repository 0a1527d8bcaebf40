// Elements at indices along an axis; the reference joins slices of one element each.
#include <rapidcheck.h>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

int below(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); }
std::string label(const Drawn& d) { return d.text.substr(0, d.text.find(' ')); }

}  // namespace

bool Drawer::gathering() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0) return false;
  const int axis = below(rank);
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)];
  if (n == 0) return false;
  std::vector<std::int64_t> at;
  std::vector<reference::Array> parts;
  for (int k = 1 + below(7); k > 0; k--) {
    at.push_back(below(static_cast<int>(2 * n)) - n);
    parts.push_back(reference::slice(x.expected, axis, at.back() < 0 ? at.back() + n : at.back(), 1, 1));
  }
  const auto count = static_cast<std::int64_t>(at.size());
  Array indices = from_values(Shape{count}, at);
  if (below(2) == 0) indices = persist_(rechunk(indices, {1 + below(3)}));
  std::string text = "take(" + label(x) + ", [";
  for (const auto i : at) text += std::to_string(i) + " ";
  keep(take(x.array, indices, axis), reference::concat(parts, axis), text + "], " + std::to_string(axis) + ")", {&x},
       true, x.error);
  return true;
}

}  // namespace tessera::testing

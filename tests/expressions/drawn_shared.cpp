// Loops of views: every step is made of several shifted and flipped views of the step before, so that the optimizer has
// to keep some of them in memory.
#include "drawn.hpp"

namespace tessera::testing {
namespace {

std::vector<Index> part(int axis, Slice s) {
  std::vector<Index> items(static_cast<std::size_t>(axis) + 1, Index(Slice{}));
  items.back() = Index(s);
  return items;
}

}  // namespace

bool Drawer::sharing() {
  Drawn u = any();
  const auto& shape = u.expected.shape;
  if (shape.empty() || shape.size() > 2 || reference::is_complex(u.expected.type)) return false;
  if (shape.size() == 1 && shape[0] > 64) return false;  // its square would take the evaluator minutes
  // A vector becomes a square: its views on both axes multiply.
  if (shape.size() == 1) {
    const auto wide = reference::binary("maximum", reference::expand(u.expected, 0), reference::expand(u.expected, 1));
    if (!wide) return false;
    u.array = maximum(expand_dims(u.array, 0), expand_dims(u.array, 1));
    u.expected = *wide;
  }
  const Drawn first = u;
  int steps = 0;
  for (; steps < 5 && u.expected.shape[0] > 1 && u.expected.shape[1] > 1; steps++) {
    const auto view = [&](int shift, bool flipped) {
      std::pair<Array, reference::Array> v{u.array, u.expected};
      for (int axis = 0; axis < 2; axis++) {
        const std::int64_t n = u.expected.shape[static_cast<std::size_t>(axis)], begin = shift >> axis & 1;
        v.first = v.first.index(part(axis, Slice{begin, n - 1 + begin}));
        v.second = reference::slice(v.second, axis, begin, n - 1, 1);
        if (flipped) {
          v.first = flip(v.first, {axis});
          v.second = reference::slice(v.second, axis, n - 2, n - 1, -1);
        }
      }
      return v;
    };
    const auto a = view(below(4), false), b = view(below(4), true), c = view(below(4), below(2) == 0);
    const auto low = reference::binary("minimum", a.second, b.second);
    if (!low) return false;
    const auto next = reference::binary("maximum", *low, c.second);
    if (!next) return false;
    u.array = maximum(minimum(a.first, b.first), c.first);
    u.expected = *next;
  }
  keep(u.array, u.expected, std::to_string(steps) + " steps of views of " + first.text.substr(0, first.text.find(' ')),
       {&first}, true, first.error);
  return true;
}

}  // namespace tessera::testing

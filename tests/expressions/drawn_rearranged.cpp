// Functions whose elements are those of x in other places, or zeros.
#include "drawn.hpp"

namespace tessera::testing {
namespace {

using Lengths = std::vector<std::int64_t>;
using Place = std::optional<Lengths>;

struct Rearranged {
  Array array;
  reference::Array expected;
  std::string text;
};

std::size_t at(int axis) { return static_cast<std::size_t>(axis); }

Rearranged padded(const Drawn& x) {
  static const char* const modes[] = {"constant", "edge", "wrap", "reflect", "symmetric"};
  const std::string mode = modes[x.expected.size() == 0 ? 0 : below(5)];
  PadWidths widths;
  Lengths shape;
  std::string text;
  for (const std::int64_t n : x.expected.shape) {
    widths.emplace_back(below(10), below(10));
    shape.push_back(n + widths.back().first + widths.back().second);
    text += " " + std::to_string(widths.back().first) + "+" + std::to_string(widths.back().second);
  }
  const auto from = [&](const Lengths& to) -> Place {
    Lengths index;
    for (std::size_t k = 0; k < to.size(); k++) {
      const std::int64_t n = x.expected.shape[k], i = to[k] - widths[k].first;
      if (mode == "constant" && (i < 0 || i >= n)) return {};
      index.push_back(mode == "constant" ? i : reference::beyond(i, n, mode));
    }
    return index;
  };
  return {pad(x.array, widths, {.mode = mode}), reference::picked(x.expected, shape, from), "pad " + mode + text};
}

Rearranged tiled(const Drawn& x) {
  Dims reps;
  Lengths shape = x.expected.shape;
  const std::size_t more = shape.size() < 4 ? at(below(2)) : 0;
  shape.insert(shape.begin(), more, 1);
  for (auto& n : shape) reps.push_back(below(4)), n *= reps.back();
  const auto from = [&](const Lengths& to) -> Place {
    Lengths index;
    for (std::size_t k = 0; k < x.expected.shape.size(); k++) index.push_back(to[k + more] % x.expected.shape[k]);
    return index;
  };
  return {tile(x.array, reps), reference::picked(x.expected, shape, from), "tile " + to_string(reps)};
}

Rearranged repeated(const Drawn& x, int axis) {
  Lengths repeats, source;
  const std::int64_t n = x.expected.shape[at(axis)];
  const bool one = below(2) == 0;
  std::string text = "repeat on axis " + std::to_string(axis) + ":";
  for (std::int64_t i = 0; i < n; i++) {
    const std::int64_t times = one && i > 0 ? repeats[0] : below(4);
    if (!one || i == 0) repeats.push_back(times), text += " " + std::to_string(times);
    source.insert(source.end(), static_cast<std::size_t>(times), i);
  }
  Lengths shape = x.expected.shape;
  shape[at(axis)] = static_cast<std::int64_t>(source.size());
  const auto from = [&](Lengths to) -> Place {
    to[at(axis)] = source[static_cast<std::size_t>(to[at(axis)])];
    return to;
  };
  if (repeats.empty()) repeats = {2};
  return {repeat(x.array, repeats, axis), reference::picked(x.expected, shape, from), text};
}

Rearranged by_quarters(const Drawn& x, int a, int b) {
  const int k = below(9) - 4, quarters = (k % 4 + 4) % 4;
  reference::Array y = x.expected;
  for (int q = 0; q < quarters; q++) {  // the end of axis b becomes the beginning of axis a
    Lengths shape = y.shape;
    std::swap(shape[at(a)], shape[at(b)]);
    const std::int64_t last = y.shape[at(b)] - 1;
    y = reference::picked(y, shape, [&](Lengths to) -> Place {
      std::swap(to[at(a)], to[at(b)]);
      to[at(b)] = last - to[at(b)];
      return to;
    });
  }
  return {rot90(x.array, k, {a, b}), y,
          "rot90 " + std::to_string(k) + " of " + std::to_string(a) + ", " + std::to_string(b)};
}

Rearranged triangle(const Drawn& x) {
  const bool lower = below(2) == 0;
  const std::int64_t k = below(9) - 4;
  const auto from = [&](const Lengths& to) -> Place {
    const std::int64_t right = to[to.size() - 1] - to[to.size() - 2];
    return (lower ? right <= k : right >= k) ? Place(to) : Place();
  };
  return {lower ? tril(x.array, k) : triu(x.array, k), reference::picked(x.expected, x.expected.shape, from),
          (lower ? "tril " : "triu ") + std::to_string(k)};
}

Rearranged on_diagonal(const Drawn& x) {
  const std::int64_t k = below(9) - 4, n = x.expected.shape[0] + std::abs(k);
  const auto from = [&](const Lengths& to) -> Place {
    return to[1] - to[0] == k ? Place(Lengths{std::min(to[0], to[1])}) : Place();
  };
  return {diag(x.array, k), reference::picked(x.expected, {n, n}, from), "diag " + std::to_string(k)};
}

Rearranged without(const Drawn& x, int axis) {
  const std::int64_t n = x.expected.shape[at(axis)];
  std::vector<bool> gone(static_cast<std::size_t>(n));
  Lengths indices, left;
  std::string text = "delete on axis " + std::to_string(axis) + ":";
  for (int more = n == 0 ? 0 : below(5); more > 0; more--) {
    indices.push_back(below(static_cast<int>(2 * n)) - n);
    gone[static_cast<std::size_t>((indices.back() + n) % n)] = true;
    text += " " + std::to_string(indices.back());
  }
  for (std::int64_t i = 0; i < n; i++)
    if (!gone[static_cast<std::size_t>(i)]) left.push_back(i);
  Lengths shape = x.expected.shape;
  shape[at(axis)] = static_cast<std::int64_t>(left.size());
  const auto from = [&](Lengths to) -> Place {
    to[at(axis)] = left[static_cast<std::size_t>(to[at(axis)])];
    return to;
  };
  return {delete_at(x.array, indices, axis), reference::picked(x.expected, shape, from), text};
}

Rearranged moved(const Drawn& x) {
  const int rank = static_cast<int>(x.expected.shape.size()), source = below(rank), destination = below(rank);
  std::vector<int> order;
  for (int i = 0; i < rank; i++)
    if (i != source) order.push_back(i);
  order.insert(order.begin() + destination, source);
  return {moveaxis(x.array, source, destination), reference::permute(x.expected, order),
          "moveaxis " + std::to_string(source) + " to " + std::to_string(destination)};
}

}  // namespace

bool Drawer::rearranging() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0) return false;
  const auto keep_it = [&](const Rearranged& r) {
    keep(r.array, r.expected, r.text + " (" + label(x) + ")", {&x}, true, x.error);
    return true;
  };
  switch (below(8)) {
    case 0:
      return keep_it(padded(x));
    case 1:
      return keep_it(tiled(x));
    case 2:
      return keep_it(repeated(x, below(rank)));
    case 3:
      return keep_it(without(x, below(rank)));
    case 4:
      return keep_it(moved(x));
    case 5:
      return rank == 1 && keep_it(on_diagonal(x));
    case 6:
      return rank > 1 && keep_it(triangle(x));
    default: {
      if (rank < 2) return false;
      const int a = below(rank);
      return keep_it(by_quarters(x, a, (a + 1 + below(rank - 1)) % rank));
    }
  }
}

// With the order of another axis, or of x itself: elements along an axis that go where an argsort says.
bool Drawer::taking_along() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || !x.exact || x.expected.size() == 0) return false;
  const int axis = below(rank);
  const reference::Array order = reference::sorted(x.expected, axis, false, true);
  const auto from = [&](Lengths to) -> Place {
    to[at(axis)] = static_cast<std::int64_t>(order.at(to).i);
    return to;
  };
  keep(take_along_axis(x.array, argsort(x.array, {.axis = axis}), axis),
       reference::picked(x.expected, x.expected.shape, from),
       "take_along_axis(" + label(x) + ", its argsort, " + std::to_string(axis) + ")", {&x}, true, 0);
  return true;
}

// x[1:] - x[:-1], so many times.
bool Drawer::differences() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || x.expected.type == reference::Type::b) return false;
  const int axis = below(rank), times = 1 + below(3);
  reference::Array y = x.expected;
  double error = x.error;
  for (int k = 0; k < times && y.shape[at(axis)] > 0; k++, error *= 2) {
    const std::int64_t n = y.shape[at(axis)] - 1;
    y = *reference::binary("subtract", reference::slice(y, axis, 1, n, 1), reference::slice(y, axis, 0, n, 1));
  }
  keep(diff(x.array, {.n = times, .axis = axis}), std::move(y),
       "diff(" + label(x) + ", " + std::to_string(times) + ", " + std::to_string(axis) + ")", {&x}, true, error);
  return true;
}

// Sets of the elements of two.
bool Drawer::sets() {
  const Drawn a = any(), b = any();
  if (!a.exact || !b.exact || a.expected.type != b.expected.type) return false;
  if (!is_finite(a.expected) || !is_finite(b.expected)) return false;  // a NaN is in no set
  const auto line_of = [](const Drawn& d) { return reference::reshape(d.expected, {d.expected.size()}); };
  const auto contains = [](const reference::Array& values, const reference::Number& n) {
    for (const auto& v : values.elements)
      if (v.i == n.i && v.re == n.re && v.im == n.im) return true;
    return false;
  };
  const reference::Array one = line_of(a), other = line_of(b);
  const auto of = "(" + label(a) + ", " + label(b) + ")";
  const int which = below(4);
  if (which == 0) {
    reference::Array flags{reference::Type::b, a.expected.shape, {}};
    for (const auto& n : a.expected.elements) flags.elements.push_back({contains(other, n)});
    keep(isin(a.array, b.array), std::move(flags), "isin" + of, {&a, &b}, true, 0);
    return true;
  }
  const reference::Array both = reference::different(reference::concat({one, other}, 0)).values;
  reference::Array result{both.type, {0}, {}};
  for (const auto& n : both.elements) {
    const bool in_a = contains(one, n), in_b = contains(other, n);
    if (which == 1 || (which == 2 ? in_a && !in_b : in_a != in_b)) result.elements.push_back(n), result.shape[0]++;
  }
  if (which == 1)
    keep(union1d(a.array, b.array, count_), std::move(result), "union1d" + of, {&a, &b}, true, 0);
  else if (which == 2)
    keep(setdiff1d(a.array, b.array, false, count_), std::move(result), "setdiff1d" + of, {&a, &b}, true, 0);
  else
    keep(setxor1d(a.array, b.array, false, count_), std::move(result), "setxor1d" + of, {&a, &b}, true, 0);
  return true;
}

}  // namespace tessera::testing

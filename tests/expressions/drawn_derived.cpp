// Functions that are made of several operations: differences, sums of parts, what fills gaps, what is put in between.
#include <algorithm>
#include <cmath>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

using Lengths = std::vector<std::int64_t>;

reference::Array minus(const reference::Array& a, const reference::Array& b) {
  return *reference::binary("subtract", a, b);
}

// Halves of differences of the neighbours, at the ends whole ones.
reference::Array derivative(const reference::Array& x, int axis) {
  const std::int64_t n = x.shape[static_cast<std::size_t>(axis)];
  const auto part = [&](std::int64_t first, std::int64_t count) { return reference::slice(x, axis, first, count, 1); };
  reference::Array halves = minus(part(2, n - 2), part(0, n - 2));
  for (auto& e : halves.elements) e.re /= 2, e.im /= 2;
  return reference::concat({minus(part(1, 1), part(0, 1)), halves, minus(part(n - 1, 1), part(n - 2, 1))}, axis);
}

// Gaps of at most `most` elements along an axis with what stood before them.
reference::Array filled(const reference::Array& x, int axis, std::int64_t most) {
  return reference::picked(x, x.shape, [&](Lengths at) -> std::optional<Lengths> {
    const Lengths here = at;
    std::int64_t& i = at[static_cast<std::size_t>(axis)];
    for (std::int64_t back = 0; back <= most && i >= 0; back++, i--)
      if (!std::isnan(x.at(at).re)) return at;
    return here;
  });
}

// Sums of blocks, and what is beyond the last whole one left out.
reference::Array block_sums(const reference::Array& x, const Dims& factors) {
  reference::Array y = x;
  Lengths split;
  std::vector<bool> within;
  for (int a = 0; a < factors.size(); a++) {
    const std::int64_t blocks = x.shape[static_cast<std::size_t>(a)] / factors[a];
    y = reference::slice(y, a, 0, blocks * factors[a], 1);
    split.push_back(blocks), split.push_back(factors[a]);
    within.push_back(false), within.push_back(true);
  }
  return *reference::reduce("sum", reference::reshape(y, split), within, false);
}

// Zeros before the elements at `indices`.
reference::Array with_zeros(const reference::Array& x, int axis, const Lengths& indices) {
  const std::int64_t n = x.shape[static_cast<std::size_t>(axis)];
  Lengths source;
  for (std::int64_t i = 0; i <= n; i++) {
    const auto here = std::count_if(indices.begin(), indices.end(), [&](auto k) { return (k < 0 ? n + k : k) == i; });
    source.insert(source.end(), static_cast<std::size_t>(here), -1);
    if (i < n) source.push_back(i);
  }
  Lengths shape = x.shape;
  shape[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(source.size());
  return reference::picked(x, shape, [&](Lengths at) -> std::optional<Lengths> {
    std::int64_t& i = at[static_cast<std::size_t>(axis)];
    i = source[static_cast<std::size_t>(i)];
    return i < 0 ? std::nullopt : std::optional(at);
  });
}

}  // namespace

bool Drawer::derived() {
  const Drawn x = any();
  const reference::Type type = x.expected.type;
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || !x.exact || type == reference::Type::b) return false;
  const int axis = below(rank);
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)];
  const std::string of = "(" + label(x) + ", " + std::to_string(axis);
  const auto keep_it = [&](Array array, reference::Array expected, const std::string& text) {
    keep(std::move(array), std::move(expected), text + ")", {&x}, true, 0);
    return true;
  };
  switch (below(6)) {
    case 0: {
      std::vector<bool> reduced(x.expected.shape.size());
      reduced[static_cast<std::size_t>(axis)] = true;
      if (n == 0 || reference::is_complex(type)) return false;
      const auto most = reference::reduce("max", x.expected, reduced, false);
      return keep_it(ptp(x.array, {.axis = {axis}}),
                     minus(*most, *reference::reduce("min", x.expected, reduced, false)), "ptp" + of);
    }
    case 1: {
      if (n < 2 || (reference::is_complex(type) && !is_finite(x.expected))) return false;  // inf / (2 + 0i) has a NaN
      const reference::Type wide = reference::inexact(type);
      return keep_it(gradient(x.array, {.axis = {axis}})[0], derivative(reference::cast(x.expected, wide), axis),
                     "gradient" + of);
    }
    case 2: {
      if (!reference::is_float(type)) return false;
      const std::int64_t most = 1 + below(4);
      return keep_it(push(x.array, most, axis), filled(x.expected, axis, most),
                     "push" + of + ", " + std::to_string(most));
    }
    case 3: {
      if (reference::is_complex(type)) return false;
      Dims factors;
      for (const auto length : x.expected.shape) factors.push_back(1 + below(std::max(1, static_cast<int>(length))));
      return keep_it(coarsen([](const Array& a, const ReduceOptions& o) { return sum(a, o); }, x.array, factors, true),
                     block_sums(x.expected, factors), "coarsen" + of + ", " + to_string(factors));
    }
    case 4: {
      Lengths indices;
      std::string text = "insert zeros" + of + ":";
      for (int more = 1 + below(3); more > 0; more--) {
        indices.push_back(below(static_cast<int>(2 * n + 1)) - n);
        text += " " + std::to_string(indices.back());
      }
      return keep_it(insert(x.array, indices, zeros({}, {.dtype = x.array.dtype()}), axis),
                     with_zeros(x.expected, axis, indices), text);
    }
    default: {
      if (rank < 2 || reference::is_complex(type)) return false;
      const int other = (axis + 1 + below(rank - 1)) % rank;
      const std::int64_t offset = below(5) - 2;
      const reference::Array line = reference::diagonal(x.expected, offset, axis, other);
      std::vector<bool> last(line.shape.size());
      last.back() = true;
      return keep_it(trace(x.array, {.offset = offset, .axis1 = axis, .axis2 = other}),
                     *reference::reduce("sum", line, last, false),
                     "trace" + of + ", " + std::to_string(other) + ", " + std::to_string(offset));
    }
  }
}

}  // namespace tessera::testing

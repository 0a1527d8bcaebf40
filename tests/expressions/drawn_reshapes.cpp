// Functions that put elements under other indices, drawn.
#include "drawn.hpp"

namespace tessera::testing {
namespace {

/// Lengths whose product is n: its prime factors, put together at random.
std::vector<std::int64_t> lengths_of(std::int64_t n) {
  std::vector<std::int64_t> shape(1 + static_cast<std::size_t>(below(4)), 1);
  for (std::int64_t p = 2; n > 1; p++)
    for (; n % p == 0; n /= p) shape[static_cast<std::size_t>(below(static_cast<int>(shape.size())))] *= p;
  return shape;
}

}  // namespace

bool Drawer::reshaping() {
  if (below(2) == 0) return below(2) == 0 ? rearranging() : derived();
  const Drawn x = any();
  const std::string of = label(x);
  const int rank = static_cast<int>(x.expected.shape.size());
  const auto keep_all = [&](Array array, reference::Array expected, const std::string& text) {
    keep(std::move(array), std::move(expected), text, {&x}, true, x.error);
    return true;
  };
  switch (below(4)) {
    case 0:
    case 1: {
      if (x.expected.size() == 0) return false;
      const auto shape = lengths_of(x.expected.size());
      return keep_all(reshape(x.array, shape_of(shape)), reference::reshape(x.expected, shape),
                      "reshape(" + of + ", " + to_string(shape_of(shape)) + ")");
    }
    case 2: {
      if (rank == 0) return false;
      const int axis = below(rank);
      const std::int64_t shift = below(21) - 10;
      return keep_all(roll(x.array, {shift}, axis), reference::roll(x.expected, axis, shift),
                      "roll(" + of + ", " + std::to_string(shift) + ", " + std::to_string(axis) + ")");
    }
    default: {
      if (rank < 2) return false;
      const int a = below(rank), b = (a + 1 + below(rank - 1)) % rank;
      const std::int64_t offset = below(7) - 3;
      return keep_all(
          diagonal(x.array, offset, a, b), reference::diagonal(x.expected, offset, a, b),
          "diagonal(" + of + ", " + std::to_string(offset) + ", " + std::to_string(a) + ", " + std::to_string(b) + ")");
    }
  }
}

}  // namespace tessera::testing

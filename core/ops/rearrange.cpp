#include <tessera/core/ops/rearrange.hpp>

#include <algorithm>
#include <string>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/slices.hpp>

namespace tessera {
namespace {

Array rolled(const Array& x, int axis, std::int64_t shift) {
  const std::int64_t n = x.shape()[axis];
  if (n == 0) return x;
  const std::int64_t by = (shift % n + n) % n;
  return by == 0 ? x : concat({slice(x, axis, n - by, n), slice(x, axis, 0, n - by)}, axis);
}

/// Along an axis from the front; `each` of every index.
Array repeated(const Array& x, int axis, std::int64_t each) {
  Shape many = x.shape(), out = x.shape();
  out[axis] = checked_multiply(out[axis], each);
  many.insert(axis + 1, each);
  return reshape(broadcast_to(expand_dims(x, axis + 1), many), out);
}

int depth_of(const Blocks& b) {
  if (b.array) return 0;
  if (b.list.empty()) throw ValueError("block: an empty list");
  const int depth = depth_of(b.list[0]);
  for (const auto& inner : b.list)
    if (depth_of(inner) != depth) throw ValueError("block: lists are not nested equally deep");
  return depth + 1;
}

int rank_of(const Blocks& b) {
  int rank = b.array ? b.array->rank() : 0;
  for (const auto& inner : b.list) rank = std::max(rank, rank_of(inner));
  return rank;
}

Array joined(const Blocks& b, int depth, int rank) {
  if (b.array) {
    Array x = *b.array;
    while (x.rank() < rank) x = expand_dims(x, 0);
    return x;
  }
  std::vector<Array> parts;
  for (const auto& inner : b.list) parts.push_back(joined(inner, depth - 1, rank));
  return concat(parts, rank - depth);
}

}  // namespace

Array roll(const Array& x, const Dims& shift, const Axes& axis) {
  if (!axis.given()) {
    if (shift.size() != 1) throw UsageError("roll: several shifts need as many axes");
    return reshape(rolled(ravel(x), 0, shift[0]), x.shape());
  }
  const auto& axes = *axis.given();
  const auto count = static_cast<int>(axes.size());
  if (shift.size() != count && shift.size() != 1 && count != 1)
    throw UsageError("roll: " + std::to_string(shift.size()) + " shifts for " + std::to_string(count) + " axes");
  Array y = x;
  for (int i = 0; i < std::max(count, shift.size()) && count > 0; i++)
    y = rolled(y, normalize_axis(axes[count == 1 ? 0 : static_cast<std::size_t>(i)], x.rank(), "roll"),
               shift[shift.size() == 1 ? 0 : i]);
  return y;
}

Array rot90(const Array& x, std::int64_t k, const Dims& axes) {
  if (axes.size() != 2) throw ShapeError("rot90: axes " + to_string(axes) + " are not two");
  const int a = normalize_axis(axes[0], x.rank(), "rot90"), b = normalize_axis(axes[1], x.rank(), "rot90");
  if (a == b) throw ShapeError("rot90: axes " + to_string(axes) + " are the same");
  switch ((k % 4 + 4) % 4) {
    case 1:
      return swapaxes(flip(x, {b}), a, b);
    case 2:
      return flip(x, {a, b});
    case 3:
      return flip(swapaxes(x, a, b), {b});
    default:
      return x;
  }
}

Array repeat(const Array& x, const std::vector<std::int64_t>& repeats, std::optional<std::int64_t> axis) {
  if (!axis) return repeat(ravel(x), repeats, 0);
  const int along = normalize_axis(*axis, x.rank(), "repeat");
  for (const auto n : repeats)
    if (n < 0) throw ValueError("repeat: " + std::to_string(n) + " times; it must be 0 or more");
  const std::int64_t length = x.shape()[along];
  if (repeats.size() == 1) return repeated(x, along, repeats[0]);
  if (static_cast<std::int64_t>(repeats.size()) != length)
    throw ShapeError("repeat: " + std::to_string(repeats.size()) + " numbers for axis " + std::to_string(along) +
                     " of shape " + to_string(x.shape()) + ": one for each index, or one for all");
  std::vector<Array> parts{slice(x, along, 0, 0)};
  for (std::int64_t i = 0; i < length; i++) {
    Shape many = x.shape();
    many[along] = repeats[static_cast<std::size_t>(i)];
    parts.push_back(broadcast_to(slice(x, along, i, i + 1), many));
  }
  return concat(parts, along);
}

Array tile(const Array& x, const Dims& reps) {
  Array y = x;
  while (y.rank() < reps.size()) y = expand_dims(y, 0);
  const int first = y.rank() - reps.size();
  for (int i = 0; i < reps.size(); i++) {
    if (reps[i] < 0) throw ValueError("tile: " + std::to_string(reps[i]) + " times; it must be 0 or more");
    if (reps[i] == 0) y = slice(y, first + i, 0, 0);
    if (reps[i] > 1) y = concat(std::vector<Array>(static_cast<std::size_t>(reps[i]), y), first + i);
  }
  return y;
}

Array block(const Blocks& arrays) {
  const int depth = depth_of(arrays);
  return joined(arrays, depth, std::max(depth, rank_of(arrays)));
}

}  // namespace tessera

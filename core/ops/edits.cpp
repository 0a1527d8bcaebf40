#include <tessera/core/ops/edits.hpp>

#include <algorithm>
#include <numeric>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

// As a 1-d array.
Array flat(const Array& x) {
  if (x.rank() == 1) return x;
  return take(x, arange(std::int64_t{0}, x.size(), std::int64_t{1}));
}

Array along(const Array& x, int axis, std::int64_t from, std::int64_t to) {
  std::vector<Index> items(static_cast<std::size_t>(axis), Slice{});
  items.emplace_back(Slice{from, to});
  return x.index(items);
}

// What an edit is of: an array and its axis.
struct Edited {
  Array x;
  int axis;
  Edited(const Array& of, std::optional<std::int64_t> on, const char* name)
      : x(on ? of : flat(of)), axis(on ? normalize_axis(*on, of.rank(), name) : 0) {}
  std::int64_t length() const { return x.shape()[axis]; }
};

std::int64_t in_range(std::int64_t index, std::int64_t end, std::int64_t length, const char* name) {
  if (index < -length || index >= end)
    throw IndexError(std::string(name) + ": index " + std::to_string(index) + " is out of bounds for an axis of size " +
                     std::to_string(length));
  return index < 0 ? index + length : index;
}

Array joined(const Edited& of, std::vector<Array> parts) {
  std::erase_if(parts, [&](const Array& p) { return p.shape()[of.axis] == 0; });
  return parts.empty() ? along(of.x, of.axis, 0, 0) : parts.size() == 1 ? parts[0] : concat(parts, of.axis);
}

// With `values`, which broadcast in all axes but this one.
Array inserted_at(const Edited& of, std::int64_t at, const Array& values) {
  Shape shape = of.x.shape();
  shape[of.axis] = values.shape()[of.axis];
  return joined(of, {along(of.x, of.axis, 0, at), astype(broadcast_to(values, shape), of.x.dtype()),
                     along(of.x, of.axis, at, of.length())});
}

Array with_axes(Array x, int rank) {
  while (x.rank() < rank) x = expand_dims(x, 0);
  return x;
}

}  // namespace

Array append(const Array& x, const Array& values, std::optional<std::int64_t> axis) {
  if (!axis) return concat({flat(x), flat(values)});
  return concat({x, values}, normalize_axis(*axis, x.rank(), "append"));
}

Array insert(const Array& x, std::int64_t index, const Array& values, std::optional<std::int64_t> axis) {
  const Edited of(x, axis, "insert");
  const std::int64_t at = in_range(index, of.length() + 1, of.length(), "insert");
  return inserted_at(of, at, moveaxis(with_axes(values, of.x.rank()), 0, of.axis));
}

Array insert(const Array& x, const std::vector<std::int64_t>& indices, const Array& values,
             std::optional<std::int64_t> axis) {
  const Edited of(x, axis, "insert");
  std::vector<std::int64_t> at;
  for (const auto i : indices) at.push_back(in_range(i, of.length() + 1, of.length(), "insert"));
  if (at.size() == 1) return inserted_at(of, at[0], with_axes(values, of.x.rank()));
  Shape shape = of.x.shape();
  shape[of.axis] = static_cast<std::int64_t>(at.size());
  const Array each = astype(broadcast_to(values, shape), of.x.dtype());
  std::vector<std::size_t> order(at.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return at[a] < at[b]; });
  std::vector<Array> parts;
  std::int64_t done = 0;
  for (const auto k : order) {
    parts.push_back(along(of.x, of.axis, done, at[k]));
    parts.push_back(along(each, of.axis, static_cast<std::int64_t>(k), static_cast<std::int64_t>(k) + 1));
    done = at[k];
  }
  parts.push_back(along(of.x, of.axis, done, of.length()));
  return joined(of, std::move(parts));
}

Array delete_at(const Array& x, const std::vector<std::int64_t>& indices, std::optional<std::int64_t> axis) {
  const Edited of(x, axis, "delete");
  std::vector<std::int64_t> at;
  for (const auto i : indices) at.push_back(in_range(i, of.length(), of.length(), "delete"));
  std::sort(at.begin(), at.end());
  at.erase(std::unique(at.begin(), at.end()), at.end());
  std::vector<Array> parts;
  std::int64_t done = 0;
  for (const auto i : at) {
    parts.push_back(along(of.x, of.axis, done, i));
    done = i + 1;
  }
  parts.push_back(along(of.x, of.axis, done, of.length()));
  return joined(of, std::move(parts));
}

}  // namespace tessera

// Elements at indices along an axis, taken and replaced; the reference joins slices of one element each, and replaces one
// element after another.
#include <optional>
#include <stdexcept>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

std::int64_t length(const Drawn& x, int axis) { return x.expected.shape[static_cast<std::size_t>(axis)]; }

/// An axis of x; nothing when there is none, or no element along the one that is drawn.
std::optional<int> drawn_axis(const Drawn& x) {
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0) return std::nullopt;
  const int axis = below(rank);
  return length(x, axis) == 0 ? std::nullopt : std::optional(axis);
}

/// As many small numbers, of any dtype.
std::vector<std::int64_t> small_numbers(std::int64_t n) {
  std::vector<std::int64_t> values;
  for (; n > 0; n--) values.push_back(below(100));
  return values;
}

reference::Array as_reference(const std::vector<std::int64_t>& values) {
  reference::Array x{reference::Type::i8, {static_cast<std::int64_t>(values.size())}, {}};
  for (const auto v : values) x.elements.push_back({v});
  return x;
}

}  // namespace

Array Drawer::drawn_indices(std::int64_t n, std::vector<std::int64_t>& at, std::string& text) {
  std::vector<std::int64_t> given;
  text = "[";
  for (int k = 1 + below(7); k > 0; k--) {
    given.push_back(below(static_cast<int>(2 * n)) - n);
    at.push_back(given.back() < 0 ? given.back() + n : given.back());
    text += std::to_string(given.back()) + " ";
  }
  text += "]";
  const Array indices = from_values(Shape{static_cast<std::int64_t>(given.size())}, given);
  return below(2) == 0 ? persist_(rechunk(indices, {1 + below(3)})) : indices;
}

bool Drawer::gathering() {
  const Drawn x = any();
  const std::optional<int> drawn = drawn_axis(x);
  if (!drawn) return false;
  const int axis = *drawn;
  const std::int64_t n = length(x, axis);
  std::vector<std::int64_t> at;
  std::string text;
  const Array indices = drawn_indices(n, at, text);
  std::vector<reference::Array> parts;
  for (const auto i : at) parts.push_back(reference::slice(x.expected, axis, i, 1, 1));
  keep(take(x.array, indices, axis), reference::concat(parts, axis),
       "take(" + label(x) + ", " + text + ", " + std::to_string(axis) + ")", {&x}, true, x.error);
  return true;
}

bool Drawer::scattering() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || x.expected.size() == 0) return false;
  const int axis = below(rank), what = below(3);
  reference::Array y = x.expected;
  if (what == 0) {  // each element to where it is in the order
    if (!x.exact) return false;
    const reference::Array order = reference::sorted(x.expected, axis, false, true);
    const Array to = argsort(x.array, {.axis = axis});
    reference::replace_along(y, axis, order, x.expected);
    keep(put_along_axis(x.array, to, x.array, axis), std::move(y),
         "put_along_axis(" + label(x) + ", argsort, itself, " + std::to_string(axis) + ")", {&x}, true, 0);
    return true;
  }
  std::vector<std::int64_t> at;
  std::string text;
  const Array indices = drawn_indices(what == 1 ? x.expected.size() : length(x, axis), at, text);
  const auto numbers = small_numbers(static_cast<std::int64_t>(at.size()));
  const reference::Array values = reference::cast(as_reference(numbers), x.expected.type);
  const Array given = from_values(Shape{static_cast<std::int64_t>(at.size())}, numbers);
  for (const auto v : numbers) text += " " + std::to_string(v);
  if (what == 1) {
    for (std::size_t k = 0; k < at.size(); k++) y.elements[static_cast<std::size_t>(at[k])] = values.elements[k];
    keep(put(x.array, indices, given), std::move(y), "put(" + label(x) + ", " + text + ")", {&x}, true, x.error);
    return true;
  }
  // x[..., indices, ...] = values, which have axes of length 1 behind theirs
  std::vector<ArrayIndex> items(static_cast<std::size_t>(axis), ArrayIndex(Slice{}));
  items.emplace_back(indices);
  Array column = given;
  for (int i = axis + 1; i < rank; i++) column = expand_dims(column, -1);
  for (std::size_t k = 0; k < at.size(); k++) reference::fill_slice(y, axis, at[k], values.elements[k]);
  keep(assign(x.array, items, column), std::move(y),
       "assign(" + label(x) + ", axis " + std::to_string(axis) + ", " + text + ")", {&x}, true, x.error);
  return true;
}

bool Drawer::shuffling() {
  const Drawn x = any();
  const std::optional<int> drawn = drawn_axis(x);
  if (!drawn) return false;
  const int axis = *drawn;
  const std::int64_t n = length(x, axis);
  const RandomOptions o{.seed = static_cast<std::uint64_t>(below(100))};
  const std::vector<std::int64_t> order = count_(permutation(n, o));
  std::vector<bool> is_there(static_cast<std::size_t>(n));
  std::vector<reference::Array> parts;
  for (const auto i : order) {
    if (i < 0 || i >= n || is_there[static_cast<std::size_t>(i)]) throw std::logic_error("no permutation");
    is_there[static_cast<std::size_t>(i)] = true;
    parts.push_back(reference::slice(x.expected, axis, i, 1, 1));
  }
  keep(permutation(x.array, axis, o), reference::concat(parts, axis),
       "permutation(" + label(x) + ", " + std::to_string(axis) + ", seed " + std::to_string(o.seed) + ")", {&x}, true,
       x.error);
  return true;
}

}  // namespace tessera::testing

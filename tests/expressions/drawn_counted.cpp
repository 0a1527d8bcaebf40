// What has as many elements as the data say: what masks select, and different elements.
#include "drawn.hpp"

namespace tessera::testing {
namespace {

using Lengths = std::vector<std::int64_t>;

std::int64_t product(const Lengths& shape) {
  std::int64_t n = 1;
  for (const auto e : shape) n *= e;
  return n;
}

}  // namespace

bool Drawer::masking() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0) return false;
  if (below(4) == 0) {  // where there is something
    if (!x.exact || (rank > 1 && x.expected.size() == 0)) return false;
    const reference::Array places = reference::nonzero_places(x.expected);
    keep(flatnonzero(x.array, count_), places, "flatnonzero(" + label(x) + ")", {&x}, true, 0);
    return true;
  }
  const int axes = 1 + below(rank);  // of the mask: those in front
  const Lengths shape(x.expected.shape.begin(), x.expected.shape.begin() + axes);
  const Lengths behind(x.expected.shape.begin() + axes, x.expected.shape.end());
  const int likely = below(5);  // of four
  Lengths flags, wanted;
  std::string text = " where ";
  for (std::int64_t k = 0; k < product(shape); k++) {
    flags.push_back(below(4) < likely);
    if (flags.back()) wanted.push_back(k);
    text += std::to_string(flags.back());
  }
  Array mask = from_values(shape_of(shape), flags) != 0;
  if (below(2) == 0) mask = persist_(rechunk(mask, Dims::filled(axes, 1 + below(4))));
  Lengths rows = behind;
  rows.insert(rows.begin(), product(shape));
  const reference::Array y = reference::take(reference::reshape(x.expected, rows), wanted);
  if (axes == 1 && below(2) == 0)
    keep(compress(mask, x.array, 0, count_), y, "compress(" + label(x) + text + ")", {&x}, true, x.error);
  else
    keep(index(x.array, {ArrayIndex(mask)}, count_), y, label(x) + "[" + text + "]", {&x}, true, x.error);
  return true;
}

// Slices along an axis, as rows of numbers: those of equal rows are the same, and ordered as the rows are.
bool Drawer::different_slices(const Drawn& x) {
  const int rank = static_cast<int>(x.expected.shape.size()), axis = below(rank);
  const reference::Different d = reference::different_slices(x.expected, axis);
  const Unique u = unique(x.array, {.index = true, .inverse = true, .counts = true, .axis = axis}, count_);
  const std::string of = "unique(" + label(x) + ", axis=" + std::to_string(axis) + ")";
  switch (below(4)) {
    case 0:
      keep(u.values, d.values, of, {&x}, true, 0);
      return true;
    case 1:
      keep(*u.index, d.index, of + ".index", {&x}, true, 0);
      return true;
    case 2:
      keep(*u.inverse, d.inverse, of + ".inverse", {&x}, true, 0);
      return true;
    default:
      keep(*u.counts, d.counts, of + ".counts", {&x}, true, 0);
      return true;
  }
}

bool Drawer::different() {
  if (below(3) == 0) return sets();
  const Drawn x = any();
  if (!x.exact) return false;
  if (x.expected.shape.size() > 1 && below(3) == 0) return different_slices(x);
  const reference::Array line = reference::reshape(x.expected, {x.expected.size()});
  const reference::Different d = reference::different(line);
  const Unique u = unique(x.array, {.index = true, .inverse = true, .counts = true}, count_);
  const std::string of = "unique(" + label(x) + ")";
  switch (below(4)) {
    case 0:
      keep(u.values, d.values, of, {&x}, true, 0);
      return true;
    case 1:
      keep(*u.index, d.index, of + ".index", {&x}, true, 0);
      return true;
    case 2:
      keep(*u.inverse, reference::reshape(d.inverse, x.expected.shape), of + ".inverse", {&x}, true, 0);
      return true;
    default:
      keep(*u.counts, d.counts, of + ".counts", {&x}, true, 0);
      return true;
  }
}

}  // namespace tessera::testing

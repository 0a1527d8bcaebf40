// Where elements lie between numbers, and slices along an axis by values of its coordinate.
#include <algorithm>
#include <cmath>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

std::string listed_numbers(const std::vector<double>& values) {
  std::string text;
  for (const double v : values) text += " " + std::to_string(v);
  return text;
}

// x[..., at, ...] along an axis, `at` of a shape of its own.
reference::Array taken(const reference::Array& x, int axis, const std::vector<std::int64_t>& at,
                       const std::vector<std::int64_t>& shape) {
  std::vector<int> to_front{axis}, back;
  std::vector<std::int64_t> taken_shape = shape;
  for (int i = 0; i < static_cast<int>(x.shape.size()); i++) {
    if (i == axis) continue;
    to_front.push_back(i), taken_shape.push_back(x.shape[static_cast<std::size_t>(i)]);
  }
  const auto y = reference::reshape(reference::take(reference::permute(x, to_front), at), taken_shape);
  const int inner = static_cast<int>(shape.size());
  for (int i = 0; i < axis; i++) back.push_back(inner + i);
  for (int i = 0; i < inner; i++) back.push_back(i);
  for (int i = inner + axis; i < static_cast<int>(taken_shape.size()); i++) back.push_back(i);
  return reference::permute(y, back);
}

}  // namespace

bool Drawer::digitizing() {
  const Drawn x = any();
  if (!x.exact || reference::is_complex(x.expected.type) || magnitude(x.expected) > 1e6) return false;
  std::vector<double> bins;
  double at = below(20) - 15;
  for (int n = 1 + below(6); n > 0; n--) bins.push_back(at += below(5));
  const bool right = below(2) == 0, falls = below(2) == 0 && bins.front() < bins.back();
  if (falls) std::reverse(bins.begin(), bins.end());
  reference::Array y{reference::Type::i8, x.expected.shape, {}};
  for (const auto& n : x.expected.elements) {
    const double v = reference::is_float(x.expected.type) ? n.re : static_cast<double>(n.i);
    // How many bins lie before it; a NaN is larger than all.
    const auto before = [&](double b) {
      if (std::isnan(v)) return !falls;
      return falls ? (right ? b >= v : b > v) : (right ? b < v : b <= v);
    };
    y.elements.push_back({std::count_if(bins.begin(), bins.end(), before)});
  }
  keep(digitize(x.array, bins, right), y,
       "digitize(" + label(x) + "," + listed_numbers(bins) + (right ? ", right)" : ")"), {&x}, true, 0);
  return true;
}

bool Drawer::selecting() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0) return false;
  const int axis = below(rank);
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)];
  if (n == 0) return false;
  const bool nearest = below(2) == 0, falls = below(2) == 0;
  std::vector<double> coordinates, values;
  for (double at = below(20) - 15; static_cast<std::int64_t>(coordinates.size()) < n; at += 4 * (1 + below(3)))
    coordinates.push_back(falls ? -at : at);
  std::vector<std::int64_t> at, shape;
  std::int64_t wanted = 1;
  for (int k = below(3); k > 0; k--) shape.push_back(1 + below(4)), wanted *= shape.back();
  if (rank - 1 + static_cast<int>(shape.size()) > 4) return false;
  for (; wanted > 0; wanted--) {
    at.push_back(below(static_cast<int>(n)));
    // Nearer than half of the least distance; beyond the ends, as far as one likes.
    double off = nearest ? below(3) - 1 : 0;
    if (nearest && at.back() == 0 && below(4) == 0) off = falls ? 100 : -100;
    values.push_back(coordinates[static_cast<std::size_t>(at.back())] + off);
  }
  Array along = from_values({n}, coordinates), which = from_values(shape_of(shape), values);
  if (below(2)) along = astype(along, below(2) ? DType::int32 : DType::float32);
  if (below(3) == 0) along = persist_(along);
  if (below(2)) which = astype(which, DType::int64);
  keep(sel(x.array, along, which, {.axis = axis, .method = nearest ? Matching::nearest : Matching::exact}),
       taken(x.expected, axis, at, shape),
       "sel(" + label(x) + ", axis " + std::to_string(axis) + "," + listed_numbers(coordinates) + ";" +
           listed_numbers(values) + (nearest ? ", nearest)" : ")"),
       {&x}, true, x.error);
  return true;
}

}  // namespace tessera::testing

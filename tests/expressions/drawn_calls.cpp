// Functions of the program's own: of elements, chunks, chunks with what is around them, rows and matrices.
#include <rapidcheck.h>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

using Input = BlockView<const double>;
using Output = BlockView<double>;
using Places = std::vector<std::int64_t>;

// The element at `at`, of any rank.
template <class T>
T& element(const BlockView<T>& view, const Dims& at) {
  std::int64_t offset = 0;
  for (int i = 0; i < at.size(); i++) offset += at[i] * view.stride(i);
  return view.data()[offset];
}

double twice_less(double a, double b) { return 2 * a - b; }

// Each element and the sum of its indices.
void add_places(Input x, Output out, const BlockPlace& place) {
  for_each_index(out.shape(), [&](const Dims& at) {
    double sum = element(x, at);
    for (int i = 0; i < at.size(); i++) sum += static_cast<double>(place.box.lo[i] + at[i]);
    element(out, at) = sum;
  });
}

// All that a block sees from `before` elements before each one to `after` behind it.
struct SumAround {
  Dims before, after;
  void operator()(Input x, Output out, const BlockPlace& place) const {
    for_each_index(out.shape(), [&](const Dims& at) {
      Box box;
      for (int i = 0; i < at.size(); i++) {
        const std::int64_t here = place.box.lo[i] + at[i] - place.seen.lo[i];
        box.lo.push_back(std::max<std::int64_t>(0, here - before[i]));
        box.extent.push_back(std::min(x.extent(i), here + after[i] + 1) - box.lo[i]);
      }
      double sum = 0;
      for_each_index(box.extent, [&](const Dims& k) {
        Dims from = box.lo;
        for (int i = 0; i < k.size(); i++) from[i] += k[i];
        sum += element(x, from);
      });
      element(out, at) = sum;
    });
  }
};

double weighted_row(Input row) {
  double sum = 0;
  for (std::int64_t i = 0; i < row.size(); i++) sum += static_cast<double>(i + 1) * row[i];
  return sum;
}

void backwards(Input row, Output out) {
  for (std::int64_t i = 0; i < row.size(); i++) out[i] = row[row.size() - 1 - i];
}

void turned(Input x, Output out) {
  for (std::int64_t i = 0; i < x.extent(0); i++)
    for (std::int64_t j = 0; j < x.extent(1); j++) out(j, i) = x(i, j);
}

double dot_of(Input a, Input b) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.size(); i++) sum += a[i] * b[i];
  return sum;
}

bool is_callable(const Drawn& x) {
  return x.exact && !reference::is_complex(x.expected.type) && is_finite(x.expected) && magnitude(x.expected) < 1e4 &&
         x.expected.size() > 0;
}

reference::Array as_double(const Drawn& x) { return reference::cast(x.expected, reference::Type::f8); }

reference::Array with_places(reference::Array x) {
  std::size_t k = 0;
  reference::for_each(x.shape, [&](const Places& at) {
    for (const auto i : at) x.elements[k].re += static_cast<double>(i);
    k++;
  });
  return x;
}

// All distances within a box, axis by axis.
std::vector<Places> taps_within(const Dims& before, const Dims& after) {
  std::vector<Places> taps;
  Dims extent;
  for (int i = 0; i < before.size(); i++) extent.push_back(before[i] + after[i] + 1);
  for_each_index(extent, [&](const Dims& at) {
    Places tap;
    for (int i = 0; i < at.size(); i++) tap.push_back(at[i] - before[i]);
    taps.push_back(tap);
  });
  return taps;
}

reference::Number sum_of(const std::vector<reference::Number>& all) {
  reference::Number sum;
  for (const auto& n : all) sum.re += n.re;
  return sum;
}

}  // namespace

bool Drawer::calling() {
  const Drawn x = any();
  if (!is_callable(x)) return false;
  const reference::Array values = as_double(x);
  switch (below(6)) {
    case 0: {
      const Drawn y = pool_[partner(pick())];
      if (!is_callable(y) || !reference::broadcast(x.expected.shape, y.expected.shape)) return false;
      const auto sum = reference::binary("add", values, values);
      keep(map(twice_less, {x.array, y.array}, {.name = "twice less"}),
           *reference::binary("subtract", *sum, as_double(y)), "map 2 a - b(" + label(x) + ", " + label(y) + ")",
           {&x, &y}, true, 0);
      return true;
    }
    case 1:
      keep(map_blocks(add_places, x.array, {.name = "add places"}), with_places(values),
           "map_blocks, adding indices(" + label(x) + ")", {&x}, true, 0);
      return true;
    case 2:
      return overlapping(x, values);
    case 3:
      return of_rows(x, values);
    case 4:
      if (values.shape.size() != 2) return false;
      keep(blockwise(turned, "ij->ji", {x.array}, {.name = "turned"}), reference::permute(values, {1, 0}),
           "blockwise ij->ji(" + label(x) + ")", {&x}, true, 0);
      return true;
    default: {
      const Drawn y = any();
      if (!is_callable(y) || values.shape.empty() || y.expected.shape.empty() ||
          values.shape.back() != y.expected.shape.back() || magnitude(x.expected) * magnitude(y.expected) > 1e5)
        return false;
      const auto shape = reference::broadcast(values.shape, y.expected.shape);
      if (!shape) return false;
      const auto product = reference::binary("multiply", values, as_double(y));
      std::vector<bool> last(shape->size());
      last.back() = true;
      keep(apply_gufunc("(i),(i)->()", dot_of, {x.array, y.array}, {.name = "dot"}),
           *reference::reduce("sum", *product, last, false),
           "apply_gufunc (i),(i)->()(" + label(x) + ", " + label(y) + ")", {&x, &y}, true, 0);
      return true;
    }
  }
}

bool Drawer::overlapping(const Drawn& x, const reference::Array& values) {
  static const char* names[] = {"reflect", "mirror", "periodic", "nearest", "constant", "none"};
  Dims before, after;
  std::vector<std::string> boundary, modes;
  std::string text, version;
  for (std::size_t i = 0; i < values.shape.size(); i++) {
    before.push_back(below(4)), after.push_back(below(4));
    boundary.emplace_back(names[below(6)]);
    modes.push_back(boundary.back() == "periodic" ? "wrap" : boundary.back());
    version += " " + std::to_string(before.back()) + " " + std::to_string(after.back());
    text += " " + boundary.back();
  }
  if (before.empty()) return false;
  const auto taps = taps_within(before, after);
  keep(map_overlap(SumAround{before, after}, x.array, before,
                   {.name = "sum around" + version, .after = after, .boundary = boundary}),
       reference::windowed(values, taps, modes, sum_of), "map_overlap, sums(" + label(x) + "," + version + text + ")",
       {&x}, true, 0);
  return true;
}

bool Drawer::of_rows(const Drawn& x, const reference::Array& values) {
  if (values.shape.empty()) return false;
  const int axis = below(static_cast<int>(values.shape.size()));
  const std::int64_t n = values.shape[static_cast<std::size_t>(axis)];
  const std::string text = "(" + label(x) + ", axis " + std::to_string(axis) + ")";
  if (below(2)) {
    keep(apply_along_axis(backwards, axis, x.array, {.name = "backwards"}),
         reference::slice(values, axis, n - 1, n, -1), "apply_along_axis, backwards" + text, {&x}, true, 0);
    return true;
  }
  reference::Array weights = values;
  std::size_t k = 0;
  reference::for_each(values.shape, [&](const Places& at) {
    weights.elements[k++].re = static_cast<double>(at[static_cast<std::size_t>(axis)] + 1);
  });
  std::vector<bool> reduced(values.shape.size());
  reduced[static_cast<std::size_t>(axis)] = true;
  keep(apply_along_axis(weighted_row, axis, x.array, {.name = "weighted row"}),
       *reference::reduce("sum", *reference::binary("multiply", values, weights), reduced, false),
       "apply_along_axis, weighted sums" + text, {&x}, true, 0);
  return true;
}

}  // namespace tessera::testing

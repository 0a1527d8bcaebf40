// Weighted sums of elements around each, along an axis: of small whole weights, so that nothing is rounded.
#include <rapidcheck.h>

#include <numeric>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

/// True where sums of whole multiples of up to 16 elements are exact in float64, and no larger than the type.
bool is_below_a_million(const Drawn& d) {
  for (const auto& n : d.expected.elements) {
    const double v = reference::is_float(d.expected.type) ? n.re : static_cast<double>(n.i);
    if (!(v < 1e6 && v > -1e6)) return false;
  }
  return d.exact;
}

}  // namespace

bool Drawer::filtering() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  const auto type = x.expected.type;
  if (rank == 0 || type == reference::Type::b || reference::is_complex(type) || !is_below_a_million(x)) return false;
  const int axis = below(rank);
  const int n = 1 + below(below(4) == 0 ? 12 : 4);
  const std::int64_t origin = below(n) - n / 2;
  static const char* modes[] = {"reflect", "mirror", "nearest", "wrap", "constant"};
  const std::string mode = modes[below(5)];
  std::vector<double> weights;
  std::vector<std::int64_t> taps, whole;
  std::string text;
  for (int k = 0; k < n; k++) {
    whole.push_back(below(5) - 2);
    weights.push_back(static_cast<double>(whole.back()));
    taps.push_back(k - n / 2 - origin);
    text += (k ? ", " : "") + std::to_string(whole.back());
  }
  keep(correlate1d(x.array, weights, axis, {.mode = {mode}, .origin = {origin}}),
       reference::filtered(x.expected, axis, taps, whole, mode),
       "correlate1d(" + label(x) + ", (" + text + "), " + std::to_string(axis) + ", '" + mode +
           "', origin=" + std::to_string(origin) + ")",
       {&x}, true, 0);
  return true;
}

// What people write for a stencil: sums of views that lie close together, once or several times over.
bool Drawer::neighbouring() {
  const Drawn x = any();
  const std::size_t rank = x.expected.shape.size();
  if (rank == 0 || (rounds(x.expected.type) && !is_below_a_million(x))) return false;
  Array sum = x.array;
  reference::Array expected = x.expected;
  std::string text = label(x);
  for (int step = 1 + below(4); step > 0; step--) {
    std::vector<std::int64_t> width;  // that all views lack, one an axis
    for (std::size_t i = 0; i < rank; i++) width.push_back(std::min<std::int64_t>(below(3), expected.shape[i]));
    const Array before = sum;
    const reference::Array seen = expected;
    std::string views;
    for (int k = 0, count = 2 + below(3); k < count; k++) {
      std::vector<Index> items;
      reference::Array part = seen;
      views += k ? " + x[" : "x[";
      for (std::size_t i = 0; i < rank; i++) {
        const std::int64_t from = below(static_cast<int>(width[i]) + 1), n = seen.shape[i] - width[i];
        items.push_back(Slice{from, from + n, {}});
        part = reference::slice(part, static_cast<int>(i), from, n, 1);
        views += (i ? ", " : "") + std::to_string(from) + ":" + std::to_string(from + n);
      }
      views += "]";
      const Array view = before.index(items);
      sum = k ? sum + view : view;
      expected = k ? *reference::binary("add", expected, part) : part;
    }
    text = views + " of " + text;
  }
  keep(sum, std::move(expected), "(" + text + ")", {&x}, true, 0);
  return true;
}

bool Drawer::windows() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  if (rank == 0 || rank > 3) return false;
  const int axis = below(rank);
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)], length = 1 + below(5);
  if (length > n) return false;
  std::vector<reference::Array> views;
  for (std::int64_t k = 0; k < length; k++)
    views.push_back(reference::expand(reference::slice(x.expected, axis, k, n - length + 1, 1), rank));
  keep(sliding_window_view(x.array, {length}, axis), reference::concat(views, rank),
       "sliding_window_view(" + label(x) + ", " + std::to_string(length) + ", " + std::to_string(axis) + ")", {&x},
       true, x.error);
  return true;
}

}  // namespace tessera::testing

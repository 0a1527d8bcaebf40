// Weighted sums of elements around each, along an axis: of small whole weights, so that nothing is rounded.
#include <rapidcheck.h>

#include <numeric>

#include "drawn.hpp"

namespace tessera::testing {
namespace {

/// True where sums of whole multiples of up to 16 elements are exact in float64, and no larger than the type.
bool is_small(const Drawn& d) {
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
  if (rank == 0 || type == reference::Type::b || reference::is_complex(type) || !is_small(x)) return false;
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

}  // namespace tessera::testing

#include <tessera/core/ops/pad.hpp>

#include <algorithm>

#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/parts.hpp>
#include <tessera/core/ops/quantiles.hpp>
#include <tessera/core/ops/reductions.hpp>
#include <tessera/core/ops/shape_functions.hpp>
#include <tessera/core/ops/slices.hpp>

namespace tessera {
namespace {

enum class End { before, after };

/// One axis of an array that is padded.
class Padding {
 public:
  Padding(const Array& x, int axis, const PadOptions& options) : x_(x), axis_(axis), o_(options) {}

  /// What stands at one end.
  Array at(End side, std::int64_t width, const Scalar& value, std::int64_t length) const {
    const std::string& mode = o_.mode;
    if (mode == "constant") return full(with_length(width), value, x_.dtype(), {});
    if (mode == "empty") return zeros(with_length(width), {.dtype = x_.dtype(), .chunks = {}});
    if (x_.shape()[axis_] == 0)
      throw ValueError("pad: axis " + std::to_string(axis_) + " of shape " + to_string(x_.shape()) +
                       " has no element for mode '" + mode + "'");
    if (mode == "edge") return broadcast_to(edge(x_, side), with_length(width));
    if (mode == "linear_ramp") return ramp(side, width, value);
    if (mode == "reflect" || mode == "symmetric" || mode == "wrap") return repeated(side, width);
    return broadcast_to(statistic(side, length), with_length(width));
  }

 private:
  Shape with_length(std::int64_t n) const {
    Shape shape = x_.shape();
    shape[axis_] = n;
    return shape;
  }
  Array edge(const Array& x, End side) const {
    const std::int64_t n = x.shape()[axis_];
    return side == End::before ? slice(x, axis_, 0, 1) : slice(x, axis_, n - 1, n);
  }

  /// As NumPy's linspace from the end value on: whole numbers are rounded down.
  Array ramp(End side, std::int64_t width, const Scalar& end) const {
    Array at = arange(std::int64_t{0}, width, std::int64_t{1});
    for (int i = axis_ + 1; i < x_.rank(); i++) at = expand_dims(at, -1);
    const DType type = is_inexact(x_.dtype()) ? x_.dtype() : DType::float64;
    const Array difference = astype(edge(x_, side), type) - end;
    const Array y = at * (difference / static_cast<double>(width)) + end;
    const Array whole = is_inexact(x_.dtype()) ? y : floor(y);
    return astype(side == End::before ? whole : flip(whole, {axis_}), x_.dtype());
  }

  Array statistic(End side, std::int64_t length) const {
    const std::int64_t n = x_.shape()[axis_], most = length == 0 ? n : std::min(n, length);
    const Array part = side == End::before ? slice(x_, axis_, 0, most) : slice(x_, axis_, n - most, n);
    ReduceOptions options;
    options.axis = axis_, options.keepdims = true;
    if (o_.mode == "maximum") return max(part, options);
    if (o_.mode == "minimum") return min(part, options);
    const Array average = o_.mode == "mean" ? mean(part, options) : median(part, {.axis = axis_, .keepdims = true});
    return astype(is_inexact(x_.dtype()) ? average : rint(average), x_.dtype());
  }

  /// Windows of the length of the axis, each mirrored at the outer edge of the one before it, which it shares in
  /// 'reflect'.
  Array repeated(End side, std::int64_t width) const {
    const std::int64_t n = x_.shape()[axis_];
    const bool shared = o_.mode == "reflect";
    if (shared && n == 1) return broadcast_to(x_, with_length(width));
    const std::int64_t fresh = shared ? n - 1 : n;
    std::vector<Array> windows;
    Array window = x_;
    for (std::int64_t left = width; left > 0; left -= fresh) {
      if (o_.mode != "wrap") {
        const Array mirrored = flip(window, {axis_});
        window = o_.odd ? astype(edge(window, side) * 2 - mirrored, x_.dtype()) : mirrored;
      }
      const std::int64_t take = std::min(left, fresh);
      // Of the window what is nearest to x.
      windows.push_back(side == End::before ? slice(window, axis_, fresh - take, fresh)
                                            : slice(window, axis_, n - fresh, n - fresh + take));
    }
    if (side == End::before) std::reverse(windows.begin(), windows.end());
    return concat(windows, axis_);
  }

  const Array& x_;
  const int axis_;
  const PadOptions& o_;
};

template <class T>
T of_axis(const std::vector<T>& all, int axis, int rank, const char* what, const T& otherwise) {
  if (all.empty()) return otherwise;
  if (all.size() == 1) return all[0];
  if (static_cast<int>(all.size()) != rank)
    throw ShapeError("pad: " + std::to_string(all.size()) + " pairs of " + what + " for " + std::to_string(rank) +
                     " axes");
  return all[static_cast<std::size_t>(axis)];
}

void check_mode(const std::string& mode) {
  const auto modes = {"constant", "edge",    "linear_ramp", "maximum", "mean", "median",
                      "minimum",  "reflect", "symmetric",   "wrap",    "empty"};
  if (std::find(modes.begin(), modes.end(), mode) == modes.end())
    throw ValueError(
        "pad: mode '" + mode +
        "' is none of constant, edge, linear_ramp, maximum, mean, median, minimum, reflect, symmetric, wrap, empty");
}

}  // namespace

Array pad(const Array& x, const PadWidths& widths, const PadOptions& o) {
  check_mode(o.mode);
  Array y = x;
  for (int i = 0; i < x.rank(); i++) {
    using Lengths = std::pair<std::int64_t, std::int64_t>;
    const auto [before, after] = of_axis(widths, i, x.rank(), "widths", Lengths{0, 0});
    const auto values = of_axis(o.values, i, x.rank(), "values", {Scalar(0), Scalar(0)});
    const auto lengths = of_axis(o.lengths, i, x.rank(), "lengths", Lengths{0, 0});
    if (before < 0 || after < 0 || lengths.first < 0 || lengths.second < 0)
      throw ValueError("pad: a width or length of axis " + std::to_string(i) + " is negative");
    const Padding padding(y, i, o);
    std::vector<Array> parts{y};
    if (before > 0) parts.insert(parts.begin(), padding.at(End::before, before, values.first, lengths.first));
    if (after > 0) parts.push_back(padding.at(End::after, after, values.second, lengths.second));
    if (parts.size() > 1) y = concat(parts, i);
  }
  return y;
}

}  // namespace tessera

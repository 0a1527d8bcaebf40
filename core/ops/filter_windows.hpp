#pragma once
// What filters are made of: the axes along which they go, windows of elements, and stencils with a rule for what stands beyond
// the ends. `function` is the name that errors begin with.
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include <tessera/core/kernel/stencil.hpp>
#include <tessera/core/ops/filters.hpp>

namespace tessera {

inline constexpr std::size_t most_filter_taps = std::size_t{1} << 20;

/// The axes of an array along which a filter goes, in the order in which it was told. Its options are lists of one element,
/// for all of these, or of one for each.
class FilterAxes {
 public:
  /// All of them unless some are given. throws ShapeError for an axis that the shape does not have, and for one given twice.
  FilterAxes(const Shape& shape, const Axes& given, const char* function);

  int count() const { return static_cast<int>(along_.size()); }
  int operator[](int k) const { return along_[static_cast<std::size_t>(k)]; }
  const char* function() const { return function_; }

  /// What a list says for the k-th of these axes. throws ValueError when it has neither one nor count() elements.
  template <class List>
  auto of(const List& list, int k, const char* what) const {
    check_count(static_cast<std::int64_t>(std::size(list)), what);
    return *(std::begin(list) + (std::size(list) == 1 ? 0 : k));
  }
  /// With an element for each axis of the array, `elsewhere` along those where the filter does not go.
  template <class List, class T>
  List spread(const List& list, const T& elsewhere, const char* what) const {
    List all;
    for (int i = 0; i < shape_.size(); i++) all.push_back(elsewhere);
    for (int k = 0; k < count(); k++) *(std::begin(all) + (*this)[k]) = of(list, k, what);
    return all;
  }
  /// Weights whose axis k lies along the k-th of these axes as weights with all axes of the array. throws ShapeError when
  /// they have another number of axes, ValueError when there are none.
  Weights spread(const Weights& weights, const char* what) const;
  /// Modes and origins for all axes of the array.
  FilterOptions spread(FilterOptions options) const;

 private:
  void check_count(std::int64_t n, const char* what) const;

  Shape shape_;
  std::vector<int> along_;
  const char* function_;
};

/// What a filter of one axis passes to one of several. throws ValueError when `axes` are given as well.
template <class Options>
Options along_one(Options options, std::int64_t axis, const char* function) {
  if (options.axes.given())
    throw ValueError(std::string(function) + ": goes along one axis, 'axis'; 'axes' are of filters of several");
  options.axes = axis;
  return options;
}

/// `here` for one axis of an array of this rank, `elsewhere` for the others.
Dims along(int axis, int rank, std::int64_t here, std::int64_t elsewhere);

/// Windows from `first`, below 0 or 0, along each axis of an array.
struct FilterWindow {
  Dims first, size;

  /// All of the window, in row-major order.
  std::vector<Dims> taps() const;
  /// The window along one axis alone.
  FilterWindow of_axis(int axis) const;
};
/// Sizes and origins: one an axis of the array. throws ValueError for a size below 1, an origin outside the window, and windows of
/// more than most_filter_taps.
FilterWindow filter_window(const Dims& size, const Dims& origin, const char* function);

/// throws DTypeError for complex arrays.
void check_filterable(const Array& x, const char* function);

/// x under a stencil whose boundary is o.mode, one for all axes of x, or one an axis. Beyond the ends of an axis that wraps
/// stands what is at its other end.
Array filtered(const Array& x, Stencil s, const FilterOptions& o, const char* function);

/// f(y, window) for every axis along which the window has more than one element, one after another.
template <class F>
Array axis_by_axis(const Array& x, const FilterAxes& axes, const FilterWindow& window, const F& f) {
  Array y = x;
  for (int k = 0; k < axes.count(); k++)
    if (window.size[axes[k]] > 1) y = f(y, window.of_axis(axes[k]));
  return y;
}

}  // namespace tessera

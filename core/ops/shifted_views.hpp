#pragma once
// Stencils as people write them: expressions of what lies around each element. Lazy: a tile makes an expression with the halo
// that its distances need, also where one is made of another, as in the steps of a solver.
//
//   const Array next = stencil([](const auto& u) { return (u(0, 1) + u(0, -1) + u(1, 0) + u(-1, 0)) / 4; }, x);
//
// Views such as u[{Slice{1, -1}, Slice{2, {}}}] need no function; they make the result smaller than x.
#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

struct StencilOptions {
  ByName by_name{};
  /// What stands beyond the ends of an axis: reflect, mirror, nearest, wrap or constant, as of filters (filters.hpp). One for
  /// all axes, or one an axis.
  std::vector<std::string> mode{"reflect"};
  double cval = 0;  ///< of constant; in x's dtype, which must have it
};

/// The elements around those of x.
class ShiftedViews {
 public:
  explicit ShiftedViews(Array x, StencilOptions options = {}) : x_(std::move(x)), options_(std::move(options)) {}

  /// The array whose element at each index is that of x at this distance from it: u(0, 1) is the next one along the last
  /// of two axes. returns: shape, dtype and chunks of x. throws ShapeError unless there is a distance for each axis;
  /// ValueError for an unknown mode and a `cval` that the dtype does not have; DTypeError for complex x.
  TESSERA_API Array at(const Dims& distance) const;
  int rank() const { return x_.rank(); }
  template <std::integral... I>
  Array operator()(I... distance) const {
    return at(Dims{static_cast<std::int64_t>(distance)...});
  }

 private:
  Array x_;
  StencilOptions options_;
};

/// f(u), where u(i, j) is x moved by so much (ShiftedViews). Where several arrays are looked around in, f may make ShiftedViews
/// of the others.
template <class F>
Array stencil(F&& f, const Array& x, const StencilOptions& options = {}) {
  return std::forward<F>(f)(ShiftedViews(x, options));
}

}  // namespace tessera

#pragma once
// A box of indices: [lo, lo + extent) on every axis.
#include <algorithm>
#include <string>

#include <tessera/core/shape.hpp>

namespace tessera {

struct Box {
  Dims lo;
  Dims extent;

  int rank() const { return lo.size(); }
  /// Elements. Of a box in an array: such products don't overflow (num_elements).
  std::int64_t size() const {
    std::int64_t n = 1;
    for (auto e : extent) n *= e;
    return n;
  }
  bool empty() const { return std::find(extent.begin(), extent.end(), 0) != extent.end(); }
  /// True when the box lies in an array of this shape, of the same rank.
  bool inside(const Shape& shape) const {
    for (int i = 0; i < rank(); i++)
      if (extent[i] < 0 || lo[i] < 0 || extent[i] > shape[i] || lo[i] > shape[i] - extent[i]) return false;
    return true;
  }
  bool operator==(const Box&) const = default;
  static Box whole(const Shape& shape) { return {Dims::filled(shape.size(), 0), shape}; }
};

/// The common part; extents are 0 where there is none. Both have one rank.
inline Box intersect(const Box& a, const Box& b) {
  Box r = a;
  for (int i = 0; i < a.rank(); i++) {
    r.lo[i] = std::max(a.lo[i], b.lo[i]);
    r.extent[i] = std::max<std::int64_t>(0, std::min(a.lo[i] + a.extent[i], b.lo[i] + b.extent[i]) - r.lo[i]);
  }
  return r;
}
TESSERA_API std::string to_string(const Box& box);

/// Calls f(coordinates) for every point of `extent` in row-major order; once for rank 0.
template <class F>
void for_each_index(const Dims& extent, F&& f) {
  for (auto e : extent)
    if (e == 0) return;
  Dims at = Dims::filled(extent.size(), 0);
  while (true) {
    f(static_cast<const Dims&>(at));
    int axis = extent.size() - 1;
    while (axis >= 0 && ++at[axis] == extent[axis]) at[axis--] = 0;
    if (axis < 0) return;
  }
}

}  // namespace tessera

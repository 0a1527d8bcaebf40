#include <tessera/core/ops/selecting.hpp>

#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/searching.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

// Both in one dtype in which distances of coordinates are exact.
DType compared(const Array& coordinates, const Array& values) {
  if (is_complex(coordinates.dtype()) || is_complex(values.dtype()))
    throw DTypeError("sel: complex numbers have no order");
  const DType common = promote(coordinates.dtype(), values.dtype());
  return is_inexact(common) || common == DType::uint64 ? common : DType::int64;
}

// Coordinates as they rise, and whether they fall.
struct Line {
  Array rising, falls;
  std::int64_t n;

  Line(const Array& given, DType type) : rising(given), falls(given), n(given.size()) {
    if (given.rank() != 1 || n == 0)
      throw ShapeError("sel: coordinates of shape " + to_string(given.shape()) +
                       "; they are numbers along one axis, one at least");
    const Array line = astype(given, type);
    falls = line[{0}] > line[{n - 1}];
    rising = where(falls, flip(line), line);
  }
  /// The index, among the coordinates as they were given, of what is at `place`.
  Array index_of(const Array& place) const { return where(falls, n - 1 - place, place); }
};

}  // namespace

Array nearest_index(const Array& coordinates, const Array& values) {
  const DType type = compared(coordinates, values);
  const Line line(coordinates, type);
  const Array v = astype(values, type), place = searchsorted(line.rising, v);
  const Array above = minimum(place, line.n - 1), below = maximum(place - 1, std::int64_t{0});
  const Array nearer_below = v - take(line.rising, below, 0) < take(line.rising, above, 0) - v;
  return line.index_of(where(nearer_below, below, above));
}

Array sel(const Array& x, const Array& coordinates, const Array& values, const SelectByValueOptions& o) {
  const int axis = normalize_axis(o.axis, x.rank(), "sel");
  if (coordinates.rank() != 1 || coordinates.size() != x.shape()[axis])
    throw ShapeError("sel: coordinates of shape " + to_string(coordinates.shape()) + " for axis " +
                     std::to_string(axis) + " of x of shape " + to_string(x.shape()));
  if (o.method == Matching::nearest) return take(x, nearest_index(coordinates, values), axis);
  const DType type = compared(coordinates, values);
  const Line line(coordinates, type);
  const Array v = astype(values, type), place = minimum(searchsorted(line.rising, v), line.n - 1);
  return take(x, where(take(line.rising, place, 0) == v, line.index_of(place), line.n), axis);
}

}  // namespace tessera

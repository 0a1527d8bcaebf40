#pragma once
// A run of the elements of a box in row-major order, as boxes: elements [3, 9) of 3 x 4 are one of row 0, row 1, and one
// of row 2.
#include <algorithm>

#include <tessera/core/box.hpp>

namespace tessera {

/// Calls f(part) for elements [first, first + count) of the box, in order.
template <class F>
void for_each_box_of_run(const Box& box, std::int64_t first, std::int64_t count, F&& f) {
  if (first == 0 && count == box.size()) return f(box);
  int axis = 0;
  while (box.extent[axis] == 1) axis++;
  const std::int64_t row = box.size() / box.extent[axis];
  while (count > 0) {
    Box part = box;
    const std::int64_t k = first / row, in_row = first % row;
    part.lo[axis] += k;
    std::int64_t n = std::min(count, row - in_row);
    if (n == row) {
      n = count / row * row;
      part.extent[axis] = n / row;
      f(static_cast<const Box&>(part));
    } else {
      part.extent[axis] = 1;
      for_each_box_of_run(part, in_row, n, f);
    }
    first += n, count -= n;
  }
}

}  // namespace tessera

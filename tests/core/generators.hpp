#pragma once
// RapidCheck generators of geometry, small enough for brute force: lengths 0 and 1, ragged and irregular chunks are
// common.
#include <rapidcheck.h>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/index_transform.hpp>

namespace tessera::testing {

inline rc::Gen<Shape> shape(int most_axes, std::int64_t most) {
  return rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, most_axes + 1),
                    rc::gen::container<std::vector<std::int64_t>>(16, rc::gen::inRange<std::int64_t>(0, most + 1))),
      [](const auto& p) {
        Shape s;
        for (int i = 0; i < p.first; i++) s.push_back(p.second[static_cast<std::size_t>(i)]);
        return s;
      });
}

inline rc::Gen<AxisChunks> axis_chunks_of(std::int64_t extent) {
  return rc::gen::exec([extent] {
    if (*rc::gen::inRange(0, 2) == 0) {
      const auto chunk = *rc::gen::inRange<std::int64_t>(1, extent + 3);
      return AxisChunks::regular(extent, chunk, *rc::gen::inRange<std::int64_t>(0, chunk));
    }
    std::vector<std::int64_t> lengths;
    for (std::int64_t left = extent; left > 0; left -= lengths.back())
      lengths.push_back(*rc::gen::inRange<std::int64_t>(1, std::min<std::int64_t>(left, 9) + 1));
    return AxisChunks::irregular(lengths);
  });
}
inline rc::Gen<AxisChunks> axis_chunks() {
  return rc::gen::mapcat(rc::gen::inRange<std::int64_t>(0, 60), [](std::int64_t n) { return axis_chunks_of(n); });
}
inline rc::Gen<ChunkGrid> chunk_grid_of(const Shape& s) {
  return rc::gen::exec([s] {
    std::vector<AxisChunks> axes;
    for (auto n : s) axes.push_back(*axis_chunks_of(n));
    return ChunkGrid(std::move(axes));
  });
}
inline rc::Gen<ChunkGrid> chunk_grid(int most_axes) {
  return rc::gen::mapcat(shape(most_axes, 11), [](const Shape& s) { return chunk_grid_of(s); });
}

/// A view of an array of shape `input`: every axis sliced, flipped, or dropped to one index; permuted; new and
/// broadcast axes.
inline rc::Gen<IndexTransform> view_of(const Shape& input) {
  return rc::gen::exec([input] {
    std::vector<IndexTransform::Axis> axes;
    Shape kept;
    for (auto n : input) {
      const int what = n == 0 ? 0 : *rc::gen::inRange(0, 5);
      if (what == 1) {
        axes.push_back({-1, *rc::gen::inRange<std::int64_t>(0, n), 0});
        continue;
      }
      const int from = kept.size();
      if (what < 2) {
        axes.push_back({from, 0, 1});
        kept.push_back(n);
      } else {
        const auto start = *rc::gen::inRange<std::int64_t>(0, n);
        const auto size = *rc::gen::inRange<std::int64_t>(1, 4), step = what == 2 ? -size : size;
        const std::int64_t most = step > 0 ? (n - 1 - start) / step + 1 : start / size + 1;
        axes.push_back({from, start, step});
        kept.push_back(*rc::gen::inRange<std::int64_t>(0, most + 1));
      }
    }
    // Kept axes in a random order among up to two axes that the input does not see.
    std::vector<int> order;
    for (int i = 0; i < kept.size(); i++) order.insert(order.begin() + *rc::gen::inRange(0, i + 1), i);
    for (int more = *rc::gen::inRange(0, 3); more > 0; more--)
      order.insert(order.begin() + *rc::gen::inRange(0, static_cast<int>(order.size()) + 1), -1);
    Shape output;
    std::vector<int> place(static_cast<std::size_t>(kept.size()));
    for (int o : order) {
      if (o >= 0) place[static_cast<std::size_t>(o)] = output.size();
      output.push_back(o >= 0 ? kept[o] : *rc::gen::inRange<std::int64_t>(1, 4));
    }
    for (auto& a : axes)
      if (a.from >= 0) a.from = place[static_cast<std::size_t>(a.from)];
    return IndexTransform(output, std::move(axes));
  });
}

inline rc::Gen<Box> box_in(const Shape& s) {
  return rc::gen::exec([s] {
    Box b;
    for (auto n : s) {
      const auto lo = *rc::gen::inRange<std::int64_t>(0, n + 1);
      b.lo.push_back(lo);
      b.extent.push_back(*rc::gen::inRange<std::int64_t>(0, n - lo + 1));
    }
    return b;
  });
}

}  // namespace tessera::testing

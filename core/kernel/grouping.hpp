#pragma once
// Groups: what is folded is folded apart for each group that its elements belong to. Which one that is says
//   a label       an integer for each index of the folded axes: the number of the group, or -1: none
//   coordinates   a number for each element and each of several axes of bins, whose edges rise. Bin k of n is
//                 [edges[k], edges[k + 1]), the last one with its right end; what lies in no bin, and NaN, belongs to
//                 none (numpy.histogramdd). The groups are the bins of all axes, in row-major order
//
// The result has an axis of groups where the domain has its first folded axis; its states lie in memory as its elements
// do. Of x (time, y, x) with a label for each time they are (group, y, x).
//
// Leaves are larger than those of other folds, because each has a state of every group: 16 positions for each, at least
// 2^15 and at most 2^20. In a leaf a group's elements are folded one after another, in row-major order; then leaves and
// chunks combine as everywhere. All of that is cut by the grid and the number of groups alone.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include <tessera/core/key.hpp>
#include <tessera/core/shape.hpp>

namespace tessera {

struct Grouping {
  std::int64_t groups = 0;         ///< at most most_groups
  bool has_values = true;          ///< else elements are counted
  std::int64_t least_label = -1;   ///< 0: a label of no group is refused, too
  bool skips_nan = false;          ///< nan_sum and nan_moments: NaN is left out; else it is an element like others
  std::vector<std::int64_t> bins;  ///< on each axis of bins; empty: labels
  bool finite = false;             ///< edges that are not finite are refused: they come from elements that are not

  bool by_labels() const { return bins.empty(); }
  bool operator==(const Grouping&) const = default;
};

inline constexpr std::int64_t most_groups = (std::int64_t{1} << 31) - 2;  ///< their numbers are int32 in the kernels

inline void add(Key& key, const Grouping& g) {
  key.add(g.groups)
      .add(g.least_label)
      .add(g.has_values)
      .add(g.skips_nan)
      .add(g.finite)
      .add(static_cast<std::int64_t>(g.bins.size()));
  for (const std::int64_t n : g.bins) key.add(n);
}

/// Positions of a leaf.
constexpr std::int64_t group_leaf_positions(std::int64_t groups) {
  constexpr std::int64_t least = 1 << 15, most = 1 << 20, for_each = 16;
  if (groups >= most / for_each) return most;
  return std::max(least, static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(for_each * groups))));
}

/// Which axis of the result that of the groups is.
constexpr int group_axis(std::uint32_t folded) { return std::countr_zero(folded); }

/// Of extents of the domain, or places in it, those of the result: the axes that are kept, and `groups` on the groups'.
inline Dims with_groups(const Dims& domain, std::uint32_t folded, std::int64_t groups) {
  Dims result;
  for (int i = 0; i < domain.size(); i++) {
    if (i == group_axis(folded)) result.push_back(groups);
    if (!(folded >> i & 1u)) result.push_back(domain[i]);
  }
  return result;
}

}  // namespace tessera

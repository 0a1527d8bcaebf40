#pragma once
// An axis of n elements seen as m: element i covers [i n/m, (i + 1) n/m) of it, where element j is [j, j + 1). Of 4 seen as 3
// the middles are at 2/3, 2, 10/3: linear takes (5/6, 1/6) of elements 0 and 1, (1/2, 1/2) of 1 and 2, (1/6, 5/6) of 2 and 3;
// area (3/4, 1/4), (1/2, 1/2), (1/4, 3/4). Places are exact; weights are quotients of integers.
#include <cstdint>
#include <vector>

#include <tessera/core/export.hpp>

namespace tessera {

enum class Resampling : std::uint8_t {
  nearest,   ///< the element in which the middle lies; on a border the one behind it
  linear,    ///< between the two elements whose middles are around it; at the ends the last one
  triangle,  ///< linear, where there are fewer as a triangle as wide as two of the new elements
  area       ///< the mean of what it covers
};

struct TESSERA_API ResampledAxis {
  std::int64_t n = 1, m = 1;  ///< below 2^62, at least 1
  Resampling how = Resampling::linear;

  /// Elements that have a weight, one behind the other.
  struct Taps {
    std::int64_t first = 0, count = 1;
  };
  Taps taps(std::int64_t i) const;
  /// Appends their weights, which are above 0 and sum to 1.
  void add_weights(std::int64_t i, std::vector<double>& to) const;
  /// At most, of any.
  std::int64_t most_taps() const;
  /// The first element whose middle lies at `position` or behind it; m where there is none.
  std::int64_t first_from(std::int64_t position) const;
};

}  // namespace tessera

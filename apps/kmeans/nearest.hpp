#pragma once
// The nearest of some centres for each of many points.
#include <cstdint>
#include <tessera/tessera.hpp>

namespace kmeans {

/// Of each point the number of the nearest centre (of several the first), and the square of how far it is.
/// points: (points, 1, coordinates); centres: (1, centres, coordinates); labels, squares: room for one of each point.
void find_nearest(tessera::BlockView<const double> points, tessera::BlockView<const double> centres,
                  std::int32_t* labels, double* squares);

}  // namespace kmeans

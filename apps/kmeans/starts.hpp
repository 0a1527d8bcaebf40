#pragma once
// First centres that lie apart.
#include <cstdint>
#include <vector>

namespace kmeans {

/// k of the points, rows of `coordinates` numbers, by greedy k-means++: the first one at random, each next one drawn with probabilities as
/// the squares of distances to the nearest centre so far; of 2 + log(k) that are drawn so, the one that leaves least of these
/// squares, as scikit-learn does it. The same for the same points and seed.
/// Source: Arthur and Vassilvitskii, k-means++: The Advantages of Careful Seeding, SODA 2007.
std::vector<double> spread_starts(const std::vector<double>& points, std::int64_t coordinates, std::int64_t k,
                                  std::uint64_t seed);

}  // namespace kmeans

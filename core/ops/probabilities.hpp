#pragma once
// What `choice` asks of probabilities.
#include <cstdint>
#include <vector>

#include <tessera/core/array.hpp>

namespace tessera {

/// throws ValueError when there is not one for each of n numbers, one is negative, or they don't sum to 1.
void check_probabilities(std::int64_t n, const std::vector<double>& p);

/// throws ShapeError when p is not 1-d with one for each of n numbers, DTypeError when it is complex.
void check_probabilities(std::int64_t n, const Array& p);

}  // namespace tessera

#pragma once
// Random arrays: Philox4x32-10 keyed by (seed, stream). An element depends on its index in the array and nothing else:
// not on chunks, ranks or threads. Two calls with one seed and different streams are independent.
#include <tessera/core/array.hpp>

namespace tessera {

struct RandomOptions {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  DType dtype = DType::float64;  ///< float32 or float64
  Dims chunks{};
};
/// Uniform in [low, high).
TESSERA_API Array uniform(const Shape& shape, double low = 0, double high = 1, const RandomOptions& options = {});
/// Normal with mean `loc` and standard deviation `scale`.
TESSERA_API Array normal(const Shape& shape, double loc = 0, double scale = 1, const RandomOptions& options = {});

}  // namespace tessera

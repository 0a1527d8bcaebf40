#pragma once
// The limit that memory sets to any reduction: every element is read once and nothing else is done. Compiled with -O3
// -march=native -fopenmp.
#include <cstdint>
#include <vector>

namespace bench {

/// `count` floats that lie side by side.
struct Floats {
  const float* data;
  std::int64_t count;
};

/// The sum of all runs (in float32 within 4 MiB, so roughly), by all threads of OpenMP, which draw pieces of 4 MiB.
double read_sweep(const std::vector<Floats>& runs);

}  // namespace bench

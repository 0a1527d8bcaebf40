#pragma once
// The expressions of bits_test.
#include <string>
#include <tessera/tessera.hpp>
#include <vector>

namespace tessera::testing {

struct Expression {
  std::string name;
  Array array;
  bool large = false;  ///< an elementwise result: written to a file instead of gathered
};

/// Magnitudes over nine decades and both signs: sums show every change of order.
Array wild(const Dims& chunks, DType type = DType::float64);

/// The sources live in `base`'s memory and in `file`, which is written; their chunking is the same for any number of ranks.
std::vector<Expression> expressions(Session& base, const std::string& file);

/// True when a device has the CPU's bits: no function in it but the root, no normal numbers, no product of floating matrices.
bool is_exact(const Array& x);

}  // namespace tessera::testing

#pragma once
// Parameters of Programs: numbers that may have other values in the next evaluation of the same structure.
#include <cstdint>
#include <memory>
#include <vector>

#include <tessera/core/kernel/program.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

struct FoldedScalar;
/// A parameter of a Program. `origin` is the number of the node it came from in topological_order of the graph as the
/// user built it, `index` its place there, so that a cached plan can take the value of the next evaluation; -1 for
/// values that follow from the structure (the n of a mean). `folded` is set when constant folding made it from other
/// parameters.
struct ScalarParameter {
  Scalar value;
  std::int32_t origin = -1;
  std::uint32_t index = 0;
  std::shared_ptr<const FoldedScalar> folded = nullptr;
};
/// One instruction on scalars alone, kept so that a cached plan can fold again with new values.
struct FoldedScalar {
  Instruction instruction;  ///< operand numbers are positions in `arguments`
  std::vector<ScalarParameter> arguments;
};

}  // namespace tessera

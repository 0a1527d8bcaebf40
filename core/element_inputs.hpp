#pragma once
// Whose elements a result is made of: where(m > 0, t, nan) and select([m > 0], [t]) are of t, not of m; t * m is of
// both.
#include <vector>

#include <tessera/core/kernel/program.hpp>

namespace tessera {

/// Which inputs give a Program's first output its elements: conditions do where nothing else comes from a dataset.
/// of_dataset: of each input, whether it does.
std::vector<bool> element_inputs(const Program& program, const std::vector<bool>& of_dataset);

}  // namespace tessera

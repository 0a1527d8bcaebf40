#pragma once
// Whose elements a result is made of: where(m > 0, t, nan) and select([m > 0], [t]) are of t, not of m; t * m is of
// both.
#include <memory>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/kernel/program.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

/// Which inputs give a Program's first output its elements: conditions do where nothing else comes from a dataset.
/// of_dataset: of each input, whether it does.
std::vector<bool> element_inputs(const Program& program, const std::vector<bool>& of_dataset);

/// Of the datasets that the elements of x are made of those whose attributes name other variables.
TESSERA_API std::vector<std::shared_ptr<const Store>> givers_of(const Array& x);

}  // namespace tessera

#pragma once
// Sets. How many elements there are depends on the elements, so these functions have them counted at once, by a function
// that evaluates (<tessera/distributed/sets.hpp> has the same functions of a Session). The rest is lazy: a result is made of
// sorts and of the flags of elements that differ from those before them. Arguments are 1-d. Every evaluation sorts again
// what is not in memory (`persist` keeps it).
#include <functional>
#include <optional>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/axes.hpp>

namespace tessera {

/// Evaluates a 1-d array of int64. Collective when that is.
using CountMask = std::function<std::vector<std::int64_t>(const Array& counts)>;

struct UniqueOptions {
  ByName by_name{};
  bool inverse = false, counts = false;  ///< what is wanted besides (np.unique's return_inverse and return_counts)
};

/// Each 1-d.
struct Unique {
  Array values;                    ///< in order
  std::optional<Array> inverse{};  ///< int64: which of the values each element of x is
  std::optional<Array> counts{};   ///< int64: how often each occurs
};

// All: throws ShapeError for what is not 1-d.
/// The different elements of x, in order; one NaN stands for all. inverse: every rank gets a copy of the values
/// (searchsorted).
TESSERA_API Unique unique(const Array& x, const UniqueOptions& options, const CountMask& count);
/// What is in a or in b, in order, each once, in the common dtype.
TESSERA_API Array union1d(const Array& a, const Array& b, const CountMask& count);

}  // namespace tessera

#pragma once
// What a Search finds, without a copy of the sorted array on each rank.
#include <tessera/core/array.hpp>
#include <tessera/core/graph/search_node.hpp>

namespace tessera {

/// The elements of `search`, made by sorting what is looked for and the sorted array together: the place of a value is how
/// many of the sorted elements come before it then. Takes no more memory than other sorts, and a multiple of the time.
/// Lazy; the shape and chunks of `search`.
Array search_by_sorting(const SearchNode& search);

}  // namespace tessera

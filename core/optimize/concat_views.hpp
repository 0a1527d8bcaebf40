#pragma once
// A slice of a Concat as slices of its parts: parts of 5 and 3 elements seen through [1::2] are elements 1, 3 of the
// first part (indices [0, 2) of the slice) and element 0, 2 of the second ([2, 4)).
#include <tessera/core/graph/node.hpp>

namespace tessera {

/// What a slice takes of one part.
struct PartView {
  std::size_t part;
  std::int64_t begin, end;   ///< the indices of the slice, on the axis that walks the Concat's, that lie in the part
  IndexTransform transform;  ///< from those indices, counted from `begin`, to the part's node
};

/// The parts that `slice` (to the index space of `concat`) touches, in the order of the slice; never none: of an empty
/// slice, an empty view of the first part. One view that is the whole slice also where it sees a single index.
TESSERA_API std::vector<PartView> views_of_parts(const ConcatNode& concat, const IndexTransform& slice);

/// The Concat whose part k is `parts[k]`, an edge from the indices of views[k]. Parts that are Concats along the same
/// axis are taken apart.
TESSERA_API NodePtr concat_of(const ConcatNode& concat, const IndexTransform& slice, const std::vector<PartView>& views,
                              std::vector<Edge> parts);

}  // namespace tessera

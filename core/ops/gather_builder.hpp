#pragma once
// What functions that index by arrays have in common.
#include <string>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/graph/gather_node.hpp>

namespace tessera {

/// What a gather may read from: positions in it take 47 bits of a request between ranks.
inline constexpr std::int64_t most_gathered_from = std::int64_t{1} << 47;

/// The same numbers in int64. throws IndexError for a mask, DTypeError for what are no integers.
Array as_indices(const Array& a, const std::string& operation);

/// The Gather of shape `shape`: `axes`, one of each axis of x, say what gives its indices. maps: from the result to each
/// index array.
Array gathered(const Array& x, const std::vector<Array>& indices, const std::vector<IndexTransform>& maps,
               std::vector<GatherNode::Axis> axes, const Shape& shape, const std::string& operation);

}  // namespace tessera

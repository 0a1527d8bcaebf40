#pragma once
// Gathers that nobody needs whole: what is made of one, tile by tile, is made as its elements come (GatherOperator::use), so
// that sum(x[idx]) takes no memory for x[idx]. Decided on the optimized graph, before it is cut into stages.
#include <unordered_set>
#include <vector>

#include <tessera/core/graph/node.hpp>

namespace tessera {

/// What computes the elements that a node has: of a Keep its Map.
const Node& computed_by(const Node& node);
/// The grid that a Map, a kept one or a Reduce is walked in.
const ChunkGrid& traversal_of(const Node& node);

/// The Gathers below `roots` whose elements go, as they are, into Maps and Reduces that are walks of their own; one of
/// such a walk at most, the largest. again: also those that several walks use, each of which then gathers for itself.
std::unordered_set<const Node*> streamed_gathers(const std::vector<NodePtr>& roots, bool again);

}  // namespace tessera

#pragma once
// From the graph as built to the graph as planned: graph -> graph, one pass a file, each a pure function.
// - keep: what would be computed again too often is kept in memory, or made with a halo (sets of nodes, made before the passes)
// - push_views: views go down to the sources, to what is made with a halo, or to what is kept; a slice passes a Reduce on the axes that it keeps; a
//   slice of a Concat becomes slices of its parts; broadcasts stay on edges
// - share: nodes that make the same elements become one node
// - fuse: trees of Maps become one Program; a Map below a Reduce becomes its prologue; constants fold into parameters
// - place_redistributions: other chunks are read from files as they are, and made in memory of what is there; then views
//   go down through what is no Redistribute any more
// - calls_in_tiles: ChunkCalls that the stage which uses them can make chunk by chunk
//
// After all: every root is a Map, a Reduce, a Scan, a Redistribute or a Keep (of a Map); edges lead to Sources, Reduces,
// Scans, Redistributes, Concats, Keeps, and Maps that have a halo, are broadcast, too long to fuse or parts of a Concat; edges to and
// from a Concat repeat, drop and shift, but have no steps. No pass changes a root's shape, dtype, chunk grid or values.
#include <cmath>
#include <vector>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/optimize/keep.hpp>

namespace tessera {

/// Instructions that one fused Program may have at most; longer chains are cut into several.
inline constexpr std::size_t fuse_limit = 256;

TESSERA_API std::vector<NodePtr> push_views(const std::vector<NodePtr>& roots, const Keeping& keeping = {});
TESSERA_API std::vector<NodePtr> share(const std::vector<NodePtr>& roots);
TESSERA_API std::vector<NodePtr> fuse(const std::vector<NodePtr>& roots);
/// Of fused graphs. array_bytes: nothing larger is made in memory for it.
TESSERA_API std::vector<NodePtr> place_redistributions(const std::vector<NodePtr>& roots, double array_bytes);
/// Of graphs that nothing is done to afterwards. array_bytes: what is larger is rather made again for each stage.
TESSERA_API std::vector<NodePtr> calls_in_tiles(const std::vector<NodePtr>& roots, double array_bytes = HUGE_VAL);
/// All passes in order.
TESSERA_API std::vector<NodePtr> optimize(const std::vector<NodePtr>& roots, const Keeping& keeping = {},
                                          double array_bytes = HUGE_VAL);

/// The value of a folded instruction for these argument values.
TESSERA_API Scalar fold(const Instruction& instruction, const std::vector<Scalar>& arguments);

}  // namespace tessera

#pragma once
// Which results are kept in memory between stages instead of being computed again wherever they are used.
//
// push_views gives every different view of a Map, and every stage that reads it, a copy of the Map's tree. For one
// operation that is right: it costs less than writing and reading memory. For
//     u = (u[1:] + u[:-1]) / 2        again and again
// the copies of u are seen through two views each, those of u before it through three, and so on: n steps cost n^2. So
// what would be computed again for more than memory costs is kept (`keep_cost`): made once, whole, by a stage of its
// own, and read by all. The cost is that of "ski rental" (Karlin, Manasse, Rudolph, Sleator 1988): copies are paid for
// one operation after another on the way down, until they have cost as much as keeping, so no plan does more than twice
// the work of the best.
//
// Where the views lie close together, as those of a stencil do that is written as
//     u = (u[1:-1, 2:] + u[1:-1, :-2] + u[2:, 1:-1] + u[:-2, 1:-1]) / 4        again and again
// nothing needs to be whole: u is made with a *halo*, once in each tile with what lies around it, and the views are seen of
// that. Steps of such a loop follow one another in a tile until what lies around it is too much; then one is kept.
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <tessera/core/graph/node.hpp>

namespace tessera {

inline bool is_elementwise(const Node& n) { return n.kind() == NodeKind::map || n.kind() == NodeKind::call; }

/// By node of the graph as built, the first of equal ones.
using KeptNodes = std::unordered_map<const Node*, Kept>;

/// The part that is made of a node for all its views together: of one that is made with a halo the smallest box around them,
/// of a product the chunks that this touches.
using Haloed = std::unordered_map<const Node*, Box>;

/// Writing an element to memory and reading it again, in simple operations on elements in registers: as measured by
/// `bench/measure keep` (docs/performance.md).
inline constexpr double keep_cost = 40;

struct KeepLimits {
  double array_bytes = 0;              ///< nothing larger is kept
  std::size_t requests_per_node = 64;  ///< views of nodes that a plan may be made of, besides some thousands
};
struct Keeping {
  KeptNodes nodes;
  Haloed haloed{};      ///< none of them kept
  bool bounded = true;  ///< false when there would be more requests than that
};

/// Decides for the graph below `roots`, in time linear in its size. Deterministic: the same on all ranks.
TESSERA_API Keeping kept_nodes(const std::vector<NodePtr>& roots, const KeepLimits& limits);

}  // namespace tessera

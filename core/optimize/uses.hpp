#pragma once
// What the consumers of a node ask of it, all views together: what decides what is kept, and what is made once for several
// views (keep.cpp).
#include <optional>
#include <unordered_set>

#include <tessera/core/graph/node.hpp>

namespace tessera {

struct Use {
  IndexTransform slice;
  int stage;
  int pass = 0;  ///< of a node that goes over its inputs several times
  bool operator==(const Use&) const = default;
};
struct UseHash {
  std::size_t operator()(const Use& u) const;
};

struct Uses {
  std::unordered_set<Use, UseHash> uses;
  std::size_t branching = 1;  ///< views that the graph itself has of one node above it, at most
  std::size_t edges = 0;
  std::int64_t halo =
      0;  ///< how far what is above reaches around it, all axes and sides together, since something was kept
  bool by_maps = true;  ///< of what asks for it, seen through views, all are Maps or Calls
  double paid = 0;      ///< operations for an element, in copies of what is above, since something was kept
};

/// The smallest box around all that is seen of a node, and by how much it is longer than the longest view, all axes together.
struct Around {
  Box box;
  std::int64_t beyond = 0;
};
/// Nothing unless the views differ in place and length alone: no steps, the same axes in one order, dropped ones at one
/// index.
std::optional<Around> around(const Uses& u);

/// The chunks of a product around all that is seen of it, by whatever views: others need not be made.
Box part_of_product(const ContractNode& n, const Uses& u);

}  // namespace tessera

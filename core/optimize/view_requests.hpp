#pragma once
// A node seen through an index transform, and what its inputs are asked for then: how views go down the graph. Of a
// transform, the slice (every axis matters) goes on through Maps to their inputs, through Reduces on the axes that they
// keep, through Scans, Sorts and Selects on the other axes, through Redistributes and to the parts of a Concat; what is
// repeated stays above.
// Of a product whole chunks are asked for, those that are seen; of its operands their rows and columns.
//   (a + b)[2:5] asks a for [2:5] and b for [2:5];  sum(a, axis=1)[3] asks a for [3:4, :]
#include <vector>

#include <tessera/core/graph/node.hpp>

namespace tessera {

std::uint64_t hash_of(const IndexTransform& t);

struct ViewRequest {
  NodePtr node;
  IndexTransform transform;
  bool operator==(const ViewRequest&) const = default;
};
struct ViewRequestHash {
  std::size_t operator()(const ViewRequest& r) const;
};

/// A transform as a broadcast after a slice.
struct SplitTransform {
  IndexTransform broadcast;  ///< consumer -> compact: drops the axes that do not matter
  IndexTransform slice;      ///< compact -> node
};
SplitTransform split(const IndexTransform& t);

/// The elements of a box of an array.
IndexTransform slice_of(const Box& box);
/// What `t` sees of an array that has the elements of `box` alone.
IndexTransform within(const IndexTransform& t, const Box& box);

/// How a slice of a Reduce's result becomes a slice of its domain: kept axes sliced, indexed ones kept with length 1
/// (dropping an axis could change which axis is innermost, and with it the bits), reduced ones whole.
struct DomainSlice {
  IndexTransform domain;  ///< new domain -> old domain
  IndexTransform result;  ///< compact -> new result
};
/// Nothing when the slice has the axes in another order.
std::optional<DomainSlice> slice_domain(const ReduceNode& r, const IndexTransform& slice);

/// How a slice of a Scan becomes a slice of what is scanned: other axes sliced, indexed ones kept with length 1, the
/// scanned one whole. (An element needs all before it; and the cuts of its chunks decide its bits.)
DomainSlice slice_domain(const ScanNode& n, const IndexTransform& slice);
/// Of a Sort in the same way; its range is part of it.
DomainSlice slice_domain(const SortNode& n, const IndexTransform& slice);
/// Of a Select: kept axes sliced, folded ones whole; which quantiles are wanted shows in the result alone.
DomainSlice slice_domain(const SelectNode& n, const IndexTransform& slice);

/// Of a Stencil: axes along which taps reach are seen from the first to the last index without steps.
DomainSlice slice_domain(const StencilNode& n, const IndexTransform& slice);

/// The transform under which the inputs of a Map, Reduce, Scan, Sort, Select or Redistribute are asked for.
IndexTransform passed(const MapNode& n, const IndexTransform& transform);
IndexTransform passed(const ReduceNode& n, const IndexTransform& transform);
IndexTransform passed(const ScanNode& n, const IndexTransform& transform);
/// The slice of a Gather that goes on to its index arrays: the identity when axes would change their order, for then rows
/// of what is indexed would be taken apart.
IndexTransform passed(const GatherNode& n, const IndexTransform& transform);
IndexTransform passed(const SortNode& n, const IndexTransform& transform);
IndexTransform passed(const SelectNode& n, const IndexTransform& transform);
/// Of a Redistribute all of the slice, unless it sees an axis as two.
IndexTransform passed(const RedistributeNode& n, const IndexTransform& transform);
/// Of the elements in `domain` of a Stencil: with those around them that there are.
IndexTransform passed(const StencilNode& n, const IndexTransform& domain);
/// What a request asks of the node's inputs, in their order; of a Concat, of the parts that the slice touches.
std::vector<ViewRequest> requests_below(const ViewRequest& r);

}  // namespace tessera

#pragma once
// The node kinds of the expression graph, and what is asked of a node by its kind.
//
//   Source    a dataset, resident chunks, or a generator         Map      a Program over the inputs, elementwise
//   View      one index transform of its input                   Reduce   a Program over the inputs, folded over axes
//   Concat    its inputs one after another along an axis         Quantity its input, of which is known what it is
//   Keep      a Map that is made whole before it is read         Scan     a Program over the inputs, folded along an axis
//                                                                         up to each element
//   Redistribute   its input in other chunks                  Sort     its input in order along an axis
//   Reshape   its input's elements in row-major order under another shape
//   Select    a Program over the inputs, of whose elements along axes some are taken by their place in the order
//   Search    where in a sorted array the elements of another belong
//   Group     elements folded along axes, apart for each group that they belong to
//   Stencil   elements made of elements of its input around them
//   Gather    its first input at indices, which others give      Scatter  its first input with others' elements at indices
//   Contract  products of stacks of matrices
//   Call      a user's function of single elements of the inputs
//   ChunkCall a user's function of whole chunks of the inputs
//   MaskCount how many elements of a mask are true in chunks     Compress what a mask selects of its input
#include <string>
#include <vector>

#include <tessera/core/errors.hpp>
#include <tessera/core/graph/call_node.hpp>
#include <tessera/core/graph/chunk_call_node.hpp>
#include <tessera/core/graph/concat_node.hpp>
#include <tessera/core/graph/contract_node.hpp>
#include <tessera/core/graph/gather_node.hpp>
#include <tessera/core/graph/group_node.hpp>
#include <tessera/core/graph/keep_node.hpp>
#include <tessera/core/graph/map_node.hpp>
#include <tessera/core/graph/mask_nodes.hpp>
#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/graph/quantity_node.hpp>
#include <tessera/core/graph/redistribute_node.hpp>
#include <tessera/core/graph/reduce_node.hpp>
#include <tessera/core/graph/reshape_node.hpp>
#include <tessera/core/graph/scan_node.hpp>
#include <tessera/core/graph/scatter_node.hpp>
#include <tessera/core/graph/search_node.hpp>
#include <tessera/core/graph/select_node.hpp>
#include <tessera/core/graph/sort_node.hpp>
#include <tessera/core/graph/source_node.hpp>
#include <tessera/core/graph/stencil_node.hpp>
#include <tessera/core/graph/view_node.hpp>
#include <tessera/core/overloaded.hpp>

namespace tessera {

[[noreturn]] TESSERA_API void throw_other_kind(NodeKind is, NodeKind wanted);

/// as_map(n) and its like: the node as what it is. throws InternalError when it is of another kind.
#define TESSERA_NODE_KIND(name, Class)                                          \
  inline const Class& as_##name(const Node& n) {                                \
    if (n.kind() != NodeKind::name) throw_other_kind(n.kind(), NodeKind::name); \
    return static_cast<const Class&>(n);                                        \
  }
#include <tessera/core/graph/kinds.inc>
#undef TESSERA_NODE_KIND

/// Calls f with the node as what it is. With `overloaded`, a kind that f does not take is a compile error.
template <class F>
decltype(auto) visit_node(const Node& n, F&& f) {
  switch (n.kind()) {
#define TESSERA_NODE_KIND(name, Class) \
  case NodeKind::name:                 \
    return f(static_cast<const Class&>(n));
#include <tessera/core/graph/kinds.inc>
#undef TESSERA_NODE_KIND
  }
  __builtin_unreachable();
}

/// Every node below `roots`, inputs before their consumers, each once. Iterative: depth costs no stack.
TESSERA_API std::vector<NodePtr> topological_order(const std::vector<NodePtr>& roots);

/// The graph as text, one line a node.
TESSERA_API std::string to_string(const NodePtr& root);

}  // namespace tessera

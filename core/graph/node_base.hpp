#pragma once
// Node: what all kinds of nodes share. Immutable; shared by handles; a graph of any depth is destroyed without
// recursion. A node knows its shape, dtype, chunk grid and hashes from the day it is built.
//
// An Edge leads from a node to an input and carries the transform from the node's index space (a Reduce's: its domain,
// the shape before the fold) to the input's: broadcasting is nothing else.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/graph/scalar_parameter.hpp>
#include <tessera/core/index_transform.hpp>
#include <tessera/core/key.hpp>

namespace tessera {

class Node;
using NodePtr = std::shared_ptr<const Node>;

#define TESSERA_NODE_KIND(name, Class) class Class;
#include <tessera/core/graph/kinds.inc>
#undef TESSERA_NODE_KIND

enum class NodeKind : std::uint8_t {
#define TESSERA_NODE_KIND(name, Class) name,
#include <tessera/core/graph/kinds.inc>
#undef TESSERA_NODE_KIND
};
TESSERA_API const char* name(NodeKind kind);

struct Edge {
  NodePtr node;
  IndexTransform map;  ///< from the consumer's index space to the node's
};

class TESSERA_API Node {
 public:
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  NodeKind kind() const { return kind_; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  const ChunkGrid& grid() const { return grid_; }
  const std::vector<Edge>& inputs() const { return inputs_; }

  /// The same node over other inputs, each of the shape and dtype of the one that it replaces.
  virtual NodePtr with_inputs(std::vector<Edge> inputs) const = 0;
  /// Values that a cached plan takes from the next evaluation.
  virtual std::span<const ScalarParameter> scalars() const { return {}; }
  /// True for what a stage makes whole before others read it.
  virtual bool is_made_whole() const { return false; }

  /// Hash of everything that decides the elements: structure, scalars, sources. Equal on all ranks for equal
  /// expressions, on any number of them and in every process; whether nodes with equal ones are equal, UniqueNodes
  /// tells.
  std::uint64_t identity() const { return identity_; }
  /// Hash of what decides plans: structure, and where elements in memory lie; no scalar values.
  std::uint64_t structure() const { return structure_; }
  /// Adds the structure of this node alone: what decides how it is planned, leaving out scalar values, which source it
  /// is, and its inputs but for how it sees them.
  void add_structure(Key& key) const;
  /// True when this node makes of its inputs what the other makes of its own.
  bool is_same_of_its_inputs(const Node& other) const;

 protected:
  Node(NodeKind kind, DType dtype, Shape shape, ChunkGrid grid, std::vector<Edge> inputs);
  /// The last step of every kind's constructor.
  void set_identity();

  /// What only this kind has: of the structure, and of what else decides its elements.
  virtual void add_own_structure(Key&) const {}
  /// Where its elements lie, which decides plans and no value.
  virtual void add_placement(Key&) const {}
  virtual void add_own_values(Key&) const;
  /// True when what keys can't hold is the same (memory). other: of the same kind.
  virtual bool has_same_data(const Node& /*other*/) const { return true; }

 private:
  void add_shape(Key& key) const;

  NodeKind kind_;
  DType dtype_;
  Shape shape_;
  ChunkGrid grid_;
  std::vector<Edge> inputs_;
  std::uint64_t identity_ = 0, structure_ = 0;
};

}  // namespace tessera

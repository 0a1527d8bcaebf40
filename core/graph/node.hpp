#pragma once
// The node kinds of the expression graph (DESIGN, section 4). Immutable; shared by handles; a graph of any depth is
// destroyed without recursion. Every node knows its shape, dtype, chunk grid and identity hash from the day it is
// built.
//
//   Source   a dataset, resident chunks, or a generator          Map      a Program over the inputs, elementwise
//   View     one index transform of its input                    Reduce   a Program over the inputs, folded over axes
//   Concat   its inputs one after another along an axis
//
// An Edge leads from a node to an input and carries the transform from the node's index space (a Reduce's: its domain,
// the shape before the fold) to the input's: broadcasting is nothing else.
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/cpu/law.hpp>
#include <tessera/core/cpu/random.hpp>
#include <tessera/core/dtype.hpp>
#include <tessera/core/index_transform.hpp>
#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/kernel/program.hpp>
#include <tessera/core/scalar.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

class Node;
using NodePtr = std::shared_ptr<const Node>;

enum class NodeKind : std::uint8_t { source, map, view, reduce, concat };

struct Edge {
  NodePtr node;
  IndexTransform map;  ///< from the consumer's index space to the node's
};

struct FoldedScalar;
/// A parameter of a Program. `origin` is the number of the node it came from in topological_order of the graph as the
/// user built it, `index` its place there, so that a cached plan can take the value of the next evaluation; -1 for
/// values that follow from the structure (the n of a mean). `folded` is set when constant folding made it from other
/// parameters.
struct ScalarParameter {
  Scalar value;
  std::int32_t origin = -1;
  std::uint32_t index = 0;
  std::shared_ptr<const FoldedScalar> folded = nullptr;
};
/// One instruction on scalars alone, kept so that a cached plan can fold again with new values.
struct FoldedScalar {
  Instruction instruction;  ///< operand numbers are positions in `arguments`
  std::vector<ScalarParameter> arguments;
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
  /// Of everything that decides the values: structure, scalars, sources' identity. Equal on all ranks, on any number
  /// of them, and in every process for equal expressions of the same sources.
  std::uint64_t identity() const { return identity_; }
  /// Of the structure alone, leaving out scalar values and which source it is: what plans are cached by.
  std::uint64_t structure() const { return structure_; }

 protected:
  Node(NodeKind kind, DType dtype, Shape shape, ChunkGrid grid, std::vector<Edge> inputs);
  /// placement: where the elements lie, which decides plans and no value.
  void set_hashes(std::uint64_t own_identity, std::uint64_t own_structure, std::uint64_t placement = 0);

 private:
  NodeKind kind_;
  DType dtype_;
  Shape shape_;
  ChunkGrid grid_;
  std::vector<Edge> inputs_;
  std::uint64_t identity_ = 0, structure_ = 0;
};

/// Chunks in memory, owned by ranks: what `persist` and `from_local` make. The memory and its distribution belong to
/// distributed/; core only carries it.
class TESSERA_API Resident {
 public:
  virtual ~Resident();
  /// Of the elements: what `persist` made has the same as the expression that it was made of, on any number of ranks
  /// and in any process; a host's memory one of its own.
  virtual std::uint64_t identity() const = 0;
  /// Of what decides a plan: how the chunks are owned.
  virtual std::uint64_t structure() const = 0;
};

struct FillSource {
  Scalar value;
  std::int32_t origin = -1;  ///< as ScalarParameter's
};
struct ArangeSource {
  Scalar start, step;  ///< both integers or both real
};
struct RandomSource {
  enum class Kind : std::uint8_t { uniform, normal } kind;
  cpu::RandomKey key;
};
struct LawSource {
  cpu::RandomKey key;
  cpu::LawPtr law;
};
using SourceData = std::variant<std::shared_ptr<const Store>, std::shared_ptr<const Resident>, FillSource, ArangeSource,
                                RandomSource, LawSource>;

class TESSERA_API SourceNode final : public Node {
 public:
  SourceNode(DType dtype, Shape shape, ChunkGrid grid, SourceData data);
  const SourceData& data() const { return data_; }
  const Store* store() const;
  std::shared_ptr<const Resident> resident() const;
  /// A generator makes any box from nothing.
  bool is_generator() const { return data_.index() >= 2; }
  const FillSource* fill() const { return std::get_if<FillSource>(&data_); }

 private:
  SourceData data_;
};

/// Why the optimizer keeps a Map in memory: how many views, in how many stages, would each compute it again.
struct Kept {
  int views = 0, stages = 0;
};

/// What a Map is by definition, where the operations that it is made of would not tell (labels.hpp): a weighted mean
/// has the quantity of its data, a decoded dataset that of the dataset.
struct Quantity {
  enum class As : std::uint8_t {
    itself,
    decoded,  ///< without what says how the elements are stored
    mean      ///< behind a reduction
  };
  const Node* of = nullptr;  ///< among those below the Map
  As as = As::itself;
};

class TESSERA_API MapNode final : public Node {
 public:
  /// One output. Edges in the order of the program's inputs, scalars in that of its scalars. `kept`: the elements are
  /// made once, whole, before anything reads them, as a Reduce's are; only the optimizer says so (optimize/keep.hpp).
  MapNode(Program program, std::vector<ScalarParameter> scalars, Shape shape, ChunkGrid grid, std::vector<Edge> inputs,
          std::optional<Kept> kept = {}, std::optional<Quantity> quantity = {});
  const Program& program() const { return program_; }
  const std::vector<ScalarParameter>& scalars() const { return scalars_; }
  const std::optional<Kept>& kept() const { return kept_; }
  const std::optional<Quantity>& quantity() const { return quantity_; }

 private:
  Program program_;
  std::vector<ScalarParameter> scalars_;
  std::optional<Kept> kept_;
  std::optional<Quantity> quantity_;
};

class TESSERA_API ViewNode final : public Node {
 public:
  ViewNode(NodePtr input, IndexTransform transform);
};

/// Arrays of one dtype, one after another along `axis`; no elements of its own. Edge k leads from the whole index space
/// to part k, but holds only for [starts[k], starts[k + 1]) on the axis: (5,) and (3,) have starts 0, 5, 8, and index 6
/// is index 1 of the second part.
class TESSERA_API ConcatNode final : public Node {
 public:
  /// Two or more parts, none empty along `axis`.
  /// described: the parts are one dataset, of which this store tells names and attributes; null: the parts tell them.
  ConcatNode(DType dtype, ChunkGrid grid, int axis, std::vector<std::int64_t> starts, std::vector<Edge> parts,
             std::shared_ptr<const Store> described = nullptr);
  int axis() const { return axis_; }
  const std::shared_ptr<const Store>& described() const { return described_; }
  const std::vector<std::int64_t>& starts() const { return starts_; }

 private:
  int axis_;
  std::vector<std::int64_t> starts_;
  std::shared_ptr<const Store> described_;
};

/// What becomes of a state at the end: a Program from the state's components to the result (mean: divide by n).
struct Epilogue {
  Program program;
  std::vector<ScalarParameter> scalars;
};

class TESSERA_API ReduceNode final : public Node {
 public:
  /// `prologue` has one output, the elements that `fold` takes; edges lead from the domain. A user's fold has the
  /// epilogue that copies its result.
  ReduceNode(Program prologue, std::vector<ScalarParameter> scalars, std::vector<Edge> inputs, ChunkGrid domain,
             std::uint32_t reduced, Fold fold, Epilogue epilogue);
  const Program& program() const { return program_; }
  const std::vector<ScalarParameter>& scalars() const { return scalars_; }
  const ChunkGrid& domain() const { return domain_; }
  /// Bit i: domain axis i is folded. The kept axes, in order, are the result's.
  std::uint32_t reduced() const { return reduced_; }
  const Fold& fold() const { return fold_; }
  const Epilogue& epilogue() const { return epilogue_; }

 private:
  Program program_;
  std::vector<ScalarParameter> scalars_;
  ChunkGrid domain_;
  std::uint32_t reduced_;
  Fold fold_;
  Epilogue epilogue_;
};

/// Equal for equal scalars of one kind.
TESSERA_API std::uint64_t value_hash(const Scalar& value);

inline const SourceNode& as_source(const Node& n) { return static_cast<const SourceNode&>(n); }
inline const MapNode& as_map(const Node& n) { return static_cast<const MapNode&>(n); }
inline const ReduceNode& as_reduce(const Node& n) { return static_cast<const ReduceNode&>(n); }
inline const ConcatNode& as_concat(const Node& n) { return static_cast<const ConcatNode&>(n); }
/// True for what a stage makes whole before others read it.
inline bool is_made_whole(const Node& n) {
  return n.kind() == NodeKind::reduce || (n.kind() == NodeKind::map && as_map(n).kept());
}

/// The axes of `grid` that `reduced` keeps.
TESSERA_API ChunkGrid kept_axes(const ChunkGrid& grid, std::uint32_t reduced);
TESSERA_API Dims kept_axes(const Dims& dims, std::uint32_t reduced);

/// A Program of one instruction on inputs of these dtypes (or scalars, where `scalar[i]`).
TESSERA_API Program identity_program(DType type);

/// Every node below `roots`, inputs before their consumers, each once. Iterative: depth costs no stack.
TESSERA_API std::vector<NodePtr> topological_order(const std::vector<NodePtr>& roots);

/// The graph as text, one line a node.
TESSERA_API std::string to_string(const NodePtr& root);

}  // namespace tessera

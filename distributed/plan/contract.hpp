#pragma once
// Contract: products of stacks of matrices (core/graph/contract_node.hpp). A rank makes a box of C (contract_layout.hpp) from
// panels of A and B (contract_panels.hpp): in memory as they lie there where a rank has in one piece what it needs; else
// copied, row-major, into a buffer that all workers share, from whoever has the elements, or made there from files. As
// large as the budget allows, up to all of it; else pieces of k become smaller, then the longer side of a panel of C.
// Workers multiply chunk by chunk. Sums of several segments of k are kept side by side, and added up in a FixedTree, in the
// end those of several ranks. On a device panels, sums and C lie in its memory, and it multiplies and adds; what is made from
// files, and what ranks exchange where their devices have no link, is the host's and copied.
#include <array>
#include <optional>
#include <variant>
#include <vector>

#include <tessera/core/kernel/fixed_tree.hpp>
#include <tessera/distributed/plan/contract_panels.hpp>
#include <tessera/distributed/plan/tile_operator.hpp>

namespace tessera {

/// Where an array's matrices are multiplied that lie on their rank in several chunks: each block of k in the chunk that it lies
/// in. What lies in several, a worker puts together; what a rank has not got, a range of k at one end, it fetches.
struct MultipliedPieces {
  std::vector<std::array<std::int64_t, 2>> elsewhere;  ///< of each rank: of k, from and to
  /// True when some rank fetches something.
  bool fetches() const;
};

/// In memory, seen with its axes in another order at most.
struct MultipliedArray {
  HeldArray array;
  IndexTransform map;     ///< from the operand's space
  bool in_place = false;  ///< what a rank needs of it lies there in one piece
  std::optional<MultipliedPieces> pieces;
  /// Of a device: the array has the columns of the operand's matrices as rows, and panels of it lie so, too.
  bool by_columns = false;
};
/// Read or made in boxes: tiles of a walk that has one chunk. Workers cut a panel along an axis of the operand's space, so
/// many indices each.
struct MultipliedTiles {
  TileOperator walk;
  int cut_axis = 0;
  std::int64_t cut_length = 1;
};

struct ContractOperand {
  ContractOperandName name = ContractOperandName::a;
  Shape shape;              ///< of its space: (..., m, k), (..., k, n)
  std::uint32_t stack = 0;  ///< axes along which it has a stack of its own (bit i)
  std::variant<MultipliedArray, MultipliedTiles> how;

  bool in_place() const {
    const auto* array = std::get_if<MultipliedArray>(&how);
    return array && array->in_place;
  }
  const MultipliedPieces* pieces() const {
    const auto* array = std::get_if<MultipliedArray>(&how);
    return array && array->pieces ? &*array->pieces : nullptr;
  }
};

/// What a product takes beside arrays, in bytes of a rank. Of the operator's space, unless said.
struct ContractMemory {
  std::array<std::int64_t, 2> panels{};  ///< of A and B
  std::int64_t sums = 0;                 ///< of C, where these are not the result's array
  std::int64_t others = 0;               ///< sums that other ranks send
  std::int64_t messages = 0;             ///< under way, of what is fetched or of sums; of the host
  std::int64_t link_messages = 0;        ///< the same between devices, over their link; of the device
  std::int64_t libraries = 0;            ///< what calls of BLAS take, of all workers
  std::int64_t reading = 0;              ///< what makes panels from files, of all workers; of the host
  std::int64_t writers = 0;              ///< of compressed files; of the host
  std::int64_t staging = 0;              ///< chunks that come from a device to be written, of all workers; of the host
};

struct ContractOperator {
  Space space = Space::host;  ///< where it multiplies, and where the result lies
  ContractLayout layout;
  std::array<ContractOperand, 2> operands;
  StageOutput output;  ///< no Program: C's elements
  PlanProgram sum;     ///< of two elements of C: how a device adds up segments
  ContractSteps steps;
  int workers = 1;
  ContractMemory memory;
};

class Draft;
/// The operator that makes `node`, a Contract, in stage `stage` of the draft.
ContractOperator build_contract(Draft& draft, std::size_t stage, const NodePtr& node);

// What every operator has (operators.hpp).
std::string name_of(const ContractOperator& op);
std::optional<SpaceBytes> fit(const Plan& plan, ContractOperator& op, const SpaceBytes& available);
SpaceBytes memory_of(const ContractOperator& op);
Traffic traffic_of(const Plan& plan, const ContractOperator& op);
std::string explain(const Plan& plan, const ContractOperator& op);
std::string explain_memory(const ContractOperator& op);
template <class Op, class F>
requires std::same_as<std::remove_const_t<Op>, ContractOperator>
void for_each_program(Op& op, F&& f) {
  if (op.space == Space::device) f(op.sum, op.space);
  for (auto& operand : op.operands)
    if (auto* tiles = std::get_if<MultipliedTiles>(&operand.how)) for_each_program(tiles->walk, f);
}

/// True when ranks send one another sums from device to device.
inline bool adds_between_devices(const ContractOperator& op) {
  return op.space == Space::device && op.layout.depth() > 1;
}
/// Segments whose sums lie side by side on a rank, the most of any.
std::int64_t segments_of(const ContractOperator& op);
/// Elements of the largest panel of C, each of its chunks as long as the largest.
std::int64_t panel_elements(const ContractOperator& op);
/// The nodes of the tree over the segments that a rank has when it has added up its own.
std::vector<TreeNode> sums_of(const ContractLayout& layout, int rank);
/// Bytes of a block of k of an operand in pieces, that a worker puts together.
std::int64_t block_bytes(const ContractOperator& op, const ContractOperand& operand);
/// The box of an operand that a rank needs in a step, and does not multiply where it lies, in the operand's space.
Box panel_box(const ContractOperator& op, const ContractOperand& operand, int rank, std::int64_t step);

}  // namespace tessera

#pragma once
// The steps of a product on a rank: a panel of C, which is some of its chunks, is made from panels of A and B, one piece of
// k after another. All ranks take as many steps, so that what they fetch of each other comes in the same ones; a rank that
// has fewer chunks has empty panels at the end.
//   4096 rows of C as two panels of 2048, k in three pieces: steps (0, k0) (0, k1) (0, k2) (1, k0) (1, k1) (1, k2)
#include <tessera/distributed/plan/contract_layout.hpp>

namespace tessera {

enum class ContractOperandName : std::uint8_t { a, b };

struct ContractStep {
  Box chunks;             ///< of C, in chunk coordinates
  std::int64_t from, to;  ///< of k
  bool first, last;       ///< of the pieces of k
  bool empty() const { return chunks.empty() || from == to; }
};

class ContractSteps {
 public:
  ContractSteps() = default;
  /// The whole part of a rank in one step.
  explicit ContractSteps(const ContractLayout& layout);

  // Sizes of panels: at most so many chunks along the axes of C, and elements of k.
  Dims chunks{};
  std::int64_t depth = 1;
  bool columns_first = false;  ///< panels of C follow one another along its columns, so that those of B stay

  std::int64_t count(const ContractLayout& layout) const;
  ContractStep step(const ContractLayout& layout, int rank, std::int64_t number) const;
  /// True where a step needs another panel of the operand than the one before it. stack: the axes along which the operand
  /// has a stack of its own (bit i).
  bool brings(const ContractLayout& layout, ContractOperandName operand, std::uint32_t stack,
              std::int64_t number) const;
  /// Indices of the operand, in its own space, that a step needs. stack: as above.
  static Box box(const ContractLayout& layout, ContractOperandName operand, std::uint32_t stack,
                 const ContractStep& step);

 private:
  Dims counts(const ContractLayout& layout) const;                      // of panels along C's axes, then of k
  Dims place(const ContractLayout& layout, std::int64_t number) const;  // of a step among them
};

}  // namespace tessera

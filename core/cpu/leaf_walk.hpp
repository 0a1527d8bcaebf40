#pragma once
// LeafWalk: Kernel::reduce over a box: leaves, then their outputs, then rows of elements, each row a piece for the
// LeafFold. combiner.hpp fixes the order of every operation.
//
// How the elements reach the fold of a leaf, the quickest way that there is:
//   * straight from memory, when the program does nothing but read (or widen float32) and its elements are dense;
//   * from the accumulator machine, which folds them as it makes them (sum, prod, min, max, any, all);
//   * through a block in L1 that the program fills.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/cpu/nest.hpp>
#include <tessera/core/cpu/strip.hpp>

namespace tessera::cpu {

/// The elements of a program that only reads: an input as it is, or one of float32 widened. input < 0: it computes.
struct PlainRead {
  int input = -1;
  DType from = DType::float64;
};
PlainRead plain_read(const Program& program);

class LeafWalk {
 public:
  /// `code` makes the elements and, where `in_machine`, folds them too. Everything given must outlive the walk.
  LeafWalk(LeafFold& fold, std::span<const FoldInto> folds, const Code& code, StripRunner& strip,
           const PlainRead& plain, bool in_machine, DType type, std::span<const StridedInput> inputs)
      : s_(Scratch::mine()),
        fold_(fold),
        code_(code),
        strip_(strip),
        plain_(plain),
        in_machine_(in_machine),
        type_(type),
        item_(item_size(type)),
        inputs_(inputs),
        operands_(static_cast<int>(inputs.size()) + (in_machine ? 0 : 2)) {
    s_.pointers.resize(operands_);
    s_.strides.resize(operands_);
    for (const auto& f : folds) states_[parts_++] = {f.fold->layout(), f.states};
  }

  /// As Kernel::reduce.
  void run(const Dims& extent, std::uint32_t reduced, const Dims& leaf, const FoldedPositions& positions);

 private:
  /// Positions travel through the nests as one more operand, which is never read.
  static constexpr std::byte nowhere{};
  struct Scratch {
    Nest kept, reduced;
    std::vector<std::byte*> pointers;
    std::vector<std::int64_t> strides;
    static Scratch& mine() {
      thread_local Scratch s;
      return s;
    }
  };

  std::size_t block_operand() const { return inputs_.size(); }
  std::size_t position_operand() const { return inputs_.size() + 1; }

  void build(const Dims& box, std::uint32_t reduced, const FoldedPositions& positions);
  void start(const Dims& lo, const FoldedPositions& positions);
  static std::byte* block() {
    thread_local std::vector<std::byte> memory(output_block * 16 + 64);
    return reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(memory.data()) + 63) / 64 * 64);
  }
  PiecePositions positions(const Nest& nest) const {
    if (in_machine_) return {};
    const std::int64_t step =
        nest.rank() > 0 ? nest.stride(nest.rank() - 1, static_cast<int>(position_operand())) : std::int64_t{0};
    return {s_.pointers[position_operand()] - &nowhere, step};
  }
  bool reads_memory(std::int64_t n) const {
    return plain_.input >= 0 && (n == 1 || s_.strides[plain_.input] == item_size(plain_.from));
  }
  const std::byte* memory() const { return s_.pointers[plain_.input]; }
  void next_states() {
    for (std::size_t k = 0; k < parts_; k++) states_[k].at += states_[k].layout.bytes(outputs_);
  }
  /// Where the components of an output's states go, those of each fold after one another.
  using Places = std::array<std::byte*, 3 * most_folds_together>;
  void places(std::int64_t output, Places& out) const {
    std::size_t next = 0;
    for (std::size_t k = 0; k < parts_; k++)
      for (int c = 0; c < states_[k].layout.components; c++)
        out[next++] = states_[k].at + states_[k].layout.offset(c, outputs_) + output * states_[k].layout.item[c];
  }
  void take_strides(const Nest& nest) {
    for (int k = 0; k < operands_; k++) s_.strides[k] = nest.inner_stride(k);
    if (!in_machine_) s_.strides[block_operand()] = item_;
  }
  void advance(std::int64_t n) {
    for (int k = 0; k < operands_; k++)
      if (in_machine_ || static_cast<std::size_t>(k) != block_operand()) s_.pointers[k] += n * s_.strides[k];
  }

  void along();
  void across();
  /// A few rows a pass over the states, while later ones come into the cache.
  void rows_from_memory(std::int64_t n);
  void rows_from_program(std::int64_t n);

  Scratch& s_;
  LeafFold& fold_;
  struct States {
    StateLayout layout;
    std::byte* at;
  };
  std::array<States, most_folds_together> states_;
  std::size_t parts_ = 0;
  const Code& code_;
  StripRunner& strip_;
  const PlainRead plain_;
  const bool in_machine_;
  const DType type_;
  const std::int64_t item_;
  const std::span<const StridedInput> inputs_;
  const int operands_;
  bool last_reduced_ = false, built_ = false;
  std::int64_t outputs_ = 1, count_ = 1;
  Dims present_;  // the leaf for which the nests stand
};

}  // namespace tessera::cpu

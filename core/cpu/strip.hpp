#pragma once
// Runs a Code over strips: `n` elements of every operand at a constant distance. Contiguous operands are read and
// written where they are; repeated ones become a block of equal elements; others are packed to blocks of `strip_block`
// elements in L1 first. The last, partial step works on padded copies, so nothing outside the operands' memory is
// touched.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/cpu/assemble.hpp>

namespace tessera::cpu {

/// Elements that are packed at a time, a multiple of the 64 lanes.
inline constexpr std::int64_t strip_block = 512;

/// The calling thread's memory for one kernel call: grows, is never shared, keeps its size.
class Workspace {
 public:
  static Workspace& mine();
  /// 64-byte aligned, zero where never written. Valid until the next call.
  std::byte* take(std::size_t bytes);

 private:
  std::vector<std::byte> memory_;
};

/// n copies of one item.
void fill_items(std::int64_t item, std::byte* to, const void* value, std::int64_t n);

class StripRunner {
 public:
  /// Operands are the program's inputs, then its outputs (none in a reduction). Fills the scalars' blocks.
  StripRunner(const Program& program, const Machine& machine, const OperandTable& table, std::int64_t slot_bytes,
              int slots, std::span<const ScalarBits> scalars, bool with_outputs);

  /// States of `item` bytes, `components` of them: 64 lanes each (masked), or a stream over the strip's elements.
  void bind_lanes(std::span<std::byte* const> states, std::int64_t item);
  void bind_stream_states(std::span<std::byte* const> states, std::int64_t item);

  /// Runs `code` over n elements. `data` and `strides`: one for each operand.
  void run(const std::vector<Step>& code, std::int64_t n, std::span<std::byte* const> data,
           std::span<const std::int64_t> strides);
  /// Bytes ahead of its present element at which operand k is prefetched from now on (k < max_prefetched).
  void prefetch(int k, std::int64_t distance) { ahead_[k] = distance; }
  /// Outputs go through blocks, never straight to their memory.
  void pack_outputs() { pack_outputs_ = true; }

 private:
  struct StridedInput {
    std::int64_t item = 0;
    std::byte* block = nullptr;           ///< strip_block elements
    const std::byte* repeated = nullptr;  ///< what the block is filled with, when it is
    bool direct = false;
    std::int64_t stride = 0;
    std::byte* data = nullptr;
  };
  void whole_steps(const std::vector<Step>& code, std::int64_t n);
  void last_step(const std::vector<Step>& code, std::int64_t from, std::int64_t n);

  const Machine& machine_;
  OperandTable index_;
  Mem* table_;
  std::vector<StridedInput>& operands_;
  int inputs_, count_;
  bool pack_outputs_ = false;
  std::int64_t ahead_[max_prefetched];
  // States: lanes are masked by 63, stream states move with the strip.
  int states_ = 0;
  bool lanes_ = false;
  std::int64_t state_item_ = 0;
  std::byte* state_[state_operands] = {};
  std::byte* state_copy_ = nullptr;
};

}  // namespace tessera::cpu

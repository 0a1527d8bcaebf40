#pragma once
// LeafFold: what a combiner does with one leaf, in pieces of elements that lie one after another. A leaf is either of
// one output, whose elements come `along` the last axis (64 lanes), or of n outputs, whose rows come `across`.
//
//   begin_along() along(row) along(row) ... end_along()          begin_across(n) across(rows) ... end_across()
//
// Leaves that are short rows, one for each of many outputs, come `turned`: the first elements of all of them, then the
// second ones, so that the work is the same for neighbours in memory.
//
// Where the pieces are cut shows in no bit of the state.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tessera/core/cpu/machine.hpp>
#include <tessera/core/kernel/fold.hpp>

namespace tessera::cpu {

/// Outputs whose states stay in L1 while their rows pass: three doubles each for moments.
inline constexpr std::int64_t output_block = 1024;

/// Elements of turned rows that are folded at a time: in L1 beside what they are made of.
inline constexpr std::int64_t turned_elements = 2048;
static_assert(turned_elements >= 32 * lanes);
/// Outputs whose rows of `length` elements are turned together, in whole tiles of the copy that turns them.
constexpr std::int64_t turned_outputs(std::int64_t length) {
  return std::min(output_block, std::max<std::int64_t>(32, turned_elements / length / 32 * 32));
}

/// Positions of a piece: of its first element, and from one element (`along`) or row (`across`) to the next.
struct PiecePositions {
  std::int64_t first = 0, step = 1;
};

class LeafFold {
 public:
  virtual ~LeafFold() = default;
  /// The dtype of the elements to come. returns: false when it takes none of this dtype.
  virtual bool read(DType from) = 0;
  virtual void begin_along() = 0;
  /// `n` elements; every piece but the last of a row holds a multiple of 64.
  virtual void along(std::int64_t n, const std::byte* elements, PiecePositions positions) = 0;
  /// out[c]: where component c of the state goes. `count` elements came along.
  virtual void end_along(std::int64_t count, std::byte* const* out) = 0;

  /// A leaf of one output that is a single piece.
  virtual void whole(std::int64_t n, const std::byte* elements, PiecePositions positions, std::byte* const* out) {
    begin_along();
    along(n, elements, positions);
    end_along(n, out);
  }

  /// Whether the fold takes rows of this dtype that are turned.
  virtual bool takes_turned(DType /*from*/) const { return false; }
  /// n <= turned_outputs(length) leaves of one row of 2 to 64 elements: element l of output i is elements[l * n + i].
  virtual void turned(std::int64_t /*n*/, std::int64_t /*length*/, const std::byte* /*elements*/,
                      PiecePositions /*positions*/, std::byte* const* /*out*/) {}

  /// At most output_block outputs.
  virtual void begin_across(std::int64_t n) = 0;
  /// `rows` rows of n elements, `stride` bytes apart; memory is asked for `ahead` bytes before it is read.
  virtual void across(std::int64_t n, std::int64_t rows, const std::byte* elements, std::int64_t stride,
                      std::int64_t ahead, PiecePositions positions) = 0;
  virtual void end_across(std::int64_t n, std::int64_t count, std::byte* const* out) = 0;
  /// In place of begin_across, before rows that come by `across` alone: folds where the states go, so that end_across
  /// copies nothing. returns: false when it can't, and has not begun.
  virtual bool begin_across_in_place(std::int64_t /*n*/, std::byte* const* /*out*/) { return false; }

  /// The state in work, for code of the accumulator machine that folds into it; null for combiners that it has no code
  /// for.
  virtual std::byte* machine_state() { return nullptr; }
  /// A combiner that wants each output's elements in row-major order, also when the last axis is kept.
  virtual bool only_along() const { return false; }
};

/// The calling thread's LeafFold for `fold`, valid until the next call for the same place (0 ... most_folds_together);
/// `read` comes next. throws DTypeError when the combiner does not take the dtype of the fold.
LeafFold& leaf_fold(const Machine& machine, const Fold& fold, std::size_t place = 0);

/// True for combiners that the accumulator machine folds elements into as it makes them.
bool has_machine_code(const Fold& fold);

}  // namespace tessera::cpu

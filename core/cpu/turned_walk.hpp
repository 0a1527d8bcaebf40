#pragma once
// TurnedWalk: Kernel::reduce where each leaf is one short row: the last axis is reduced and has 2 to 64 elements.
//
// A row by itself would leave most lanes empty, and its fold by halves would cost more than its elements. So the
// elements of many rows are turned: in a block in L1 element l of all these rows lies in line l. The program works on
// the lines as on any elements, and folding by halves is one line with another: the additions and their order are
// those of combiner.hpp, so no bit changes.
//
// (n, 16) float64, 128 rows at a time: 16 lines of 128; lines 0 to 7 += lines 8 to 15, 0 to 3 += 4 to 7, 0 += 1.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tessera/core/cpu/folds/lines.hpp>
#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>
#include <tessera/core/cpu/nest.hpp>
#include <tessera/core/cpu/strip.hpp>

namespace tessera::cpu {

/// True when every leaf is one row of 2 to 64 elements, and there are enough of them to be turned.
bool has_short_rows(const Dims& extent, std::uint32_t reduced, const Dims& leaf);

class TurnedWalk {
 public:
  /// `fold` takes turned rows; `code` makes the program's elements. Everything given must outlive the walk.
  TurnedWalk(LeafFold& fold, std::span<const FoldInto> folds, const Code& code, StripRunner& strip,
             const Program& program, std::span<const StridedInput> inputs);

  /// As Kernel::reduce, of an extent that has short rows.
  void run(const Dims& extent, const FoldedPositions& positions);

 private:
  struct Scratch {
    Nest kept;
    std::vector<std::byte*> pointers, lines;   // of an input: at its present row; its block. Last: the program's block
    std::vector<std::int64_t> strides, items;  // bytes from one element of a row to the next, in memory and in blocks
    std::vector<const std::byte*> turned;      // whose rows an input's block has
    Lines memory;
    static Scratch& mine() {
      thread_local Scratch s;
      return s;
    }
  };

  void build(const Dims& extent);
  /// Where the components of an output's states go, those of each fold after one another.
  void places(std::int64_t output, std::byte** out) const;
  void advance(std::int64_t rows);
  /// The lines of the n rows at the pointers.
  const std::byte* make(std::int64_t n);
  void turn(std::size_t input, std::int64_t n);

  Scratch& s_;
  LeafFold& fold_;
  const std::span<const FoldInto> folds_;
  const Code& code_;
  StripRunner& strip_;
  const Program& program_;
  const std::span<const StridedInput> inputs_;
  std::int64_t length_ = 0, outputs_ = 1, turned_rows_ = 0;
};

}  // namespace tessera::cpu

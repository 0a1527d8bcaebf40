#pragma once
// Several folds of the same elements as one LeafFold: a piece is folded in every way before the next one is touched, so
// it is made, or comes from memory, once. `out` takes the components of the first fold, then those of the second, ...
//
// Each fold does what it does alone. The usual figures of a leaf of floats that is one piece (moments with a sum or
// extremes) come from one pass (simd/summary.hpp), with the same bits.
#include <span>

#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/cpu/leaf_fold.hpp>

namespace tessera::cpu {

/// The calling thread's LeafFold for `folds`, valid until the next call and until the next of leaf_fold.
LeafFold& group_fold(const Machine& machine, std::span<const FoldInto> folds);

}  // namespace tessera::cpu

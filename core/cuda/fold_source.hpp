#pragma once
// The text of a Program whose elements are folded as they are made: combiners.cu has what a lane keeps, fold.cu how a leaf is walked.
#include <cstdint>
#include <span>
#include <string>

#include <tessera/core/kernel/fold.hpp>
#include <tessera/core/kernel/program.hpp>

namespace tessera::cuda {

inline constexpr int fold_axes = max_rank + 1;  ///< of one launch: kept ones, then reduced ones, at least one of these

/// How the Call of fold.cu lies in memory; what comes first are its eight-byte integers.
struct FoldCallLayout {
  std::int64_t extent, leaf, last_leaf, position_stride;  ///< fold_axes each
  std::int64_t inputs, input_strides;                     ///< pointers; fold_axes each, bytes
  std::int64_t states, scalars, bytes;
};
FoldCallLayout fold_call_layout(const Program& p, std::size_t folds);

/// What a lane keeps, a struct of combiners.cu: "Sum<double>".
std::string lane_type(const Fold& fold);
/// True for all but the user's folds, and those that have no meaning (the order of complex numbers).
bool has_fold_source(const Fold& fold);
/// True for a program of one output with a Call that a launch can take, whatever the folds.
bool has_fold_source(const Program& p);

/// Lanes of a thread in fold_along_packs, and outputs of one in fold_across_packs: 16 bytes of the largest operand, fewer where states are
/// large.
int lanes_each(const Program& p, std::span<const Fold> folds);
int outputs_each(const Program& p, std::span<const Fold> folds);
std::string fold_source(const Program& p, std::span<const Fold> folds);

}  // namespace tessera::cuda

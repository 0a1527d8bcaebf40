#pragma once
#include <vector>

#include <tessera/distributed/plan/stage_output.hpp>

namespace tessera {

/// Finds the Folds of a stage that can share work on a tile, and notes it in FoldOutput::same_states and ::pass.
/// Neither changes a bit of any result.
///   nanmean(x), nanstd(x), nansum(x)   two nan_sum folds have the same states, made once
///   mean(y), std(y), max(y)            one pass: y's Program runs once, each piece is folded in three ways while in L1
void share_folds(std::vector<StageOutput>& outputs);

}  // namespace tessera

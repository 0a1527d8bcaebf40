#pragma once
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Finds the Reduces of a stage that can share work on a tile, and notes it in StageOutput::twin and ::leader. Neither
/// changes a bit of any result.
///   nanmean(x), nanstd(x), nansum(x)   two nan_sum folds are twins: states made once
///   mean(y), std(y), max(y)            one pass: y's Program runs once, each piece is folded in three ways while in L1
void share_folds(Stage& stage);

}  // namespace tessera

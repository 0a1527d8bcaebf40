#pragma once
// tessera diff: two arrays compared in one pass.
//
// An element differs when |a - b| > atol + rtol * |b|. Two NaNs are equal, an infinity equals itself alone. The largest
// differences are over all elements that have one (a NaN beside a number has none, and counts as different); the
// relative one is |a - b| / |b|, over elements of the second that are not 0 (an infinity beside another number: inf).
// Integers are compared exactly.
#include <memory>

#include "options.hpp"

namespace tessera::command {

inline constexpr int difference_exit_code = 10;

/// Collective. returns: true when elements differ, or the shapes do.
bool run_diff(const DiffOptions& options, std::unique_ptr<Communicator> ranks);

}  // namespace tessera::command

#pragma once
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Decides which rank walks which chunks of a stage, whose values and outputs are known: every rank all of it when it
/// is small and lies on every rank; else where its largest resident value lies; else even runs, in which the chunks
/// that one result is folded from follow one another. Values that do not lie where they are used become fetched ones.
void choose_owners(const Plan& plan, TileOperator& op);

}  // namespace tessera

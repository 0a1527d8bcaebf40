#pragma once
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

/// Gives values their halos, and decides which rank walks which chunks of a stage, whose values and outputs are known: every rank all of it when it
/// is small and lies on every rank; else where its largest resident value lies; else runs, in which the chunks along the
/// axes of `grouped` follow one another. Values that do not lie where they are used become fetched ones. Sets
/// op.grouped, to 0 where the chunks don't follow one another.
/// whole_columns: no run ends within such chunks, where there are enough of them for all ranks.
void choose_owners(const Plan& plan, TileOperator& op, std::uint32_t grouped, bool whole_columns);
/// The traversal by owners that somebody else has chosen; sets op.owners and op.grouped, and what is fetched.
void walk_by(const Plan& plan, TileOperator& op, Distribution owners, std::uint32_t grouped);

}  // namespace tessera

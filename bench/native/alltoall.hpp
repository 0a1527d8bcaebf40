#pragma once
// What redistribution between ranks is measured against: MPI's own exchange of blocks that lie ready, with nothing to
// cut or to put together.
#include <cstdint>

namespace bench {

/// Rank i's `n` numbers at in + j * n come to rank j at out + i * n. Collective, of MPI's world.
void all_to_all(const double* in, double* out, std::int64_t n);

}  // namespace bench

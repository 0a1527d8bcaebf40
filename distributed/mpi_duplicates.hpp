#pragma once
// Tessera's private duplicates of MPI communicators, used again instead of freed.
//
// MPI_Comm_free is collective and destructors are not, so a duplicate that is given back is parked. The next
// communicator over the same ranks takes it, if every rank has parked it; so a program that makes a session per time
// step holds one duplicate, not one per step. A duplicate is known by the number that its first rank gave it, which is
// one to one for a given group.
#include <mpi.h>

#include <cstdint>

namespace tessera {

struct Duplicate {
  MPI_Comm comm = MPI_COMM_NULL;
  std::int64_t number = 0;
  int node_rank = 0, node_size = 1;  ///< among the ranks that share this machine's memory
};

/// Collective over `comm`: a new duplicate with MPI_ERRORS_RETURN, without a number. throws CommError.
Duplicate fresh_duplicate(MPI_Comm comm);

/// Collective over `comm`: a duplicate that was parked before, or a new one with a number. throws CommError.
Duplicate acquire_duplicate(MPI_Comm comm);
/// The same, on a duplicate of the same ranks that is kept. number: rank 0's `parked_number`, on all ranks.
Duplicate acquire_duplicate(const Duplicate& same_ranks, std::int64_t number);
/// Local: on rank 0 the number of a duplicate of these ranks that is parked; 0 when there is none, and elsewhere.
std::int64_t parked_number(MPI_Comm comm);

/// Local. Only of a duplicate on which no message is under way.
void park_duplicate(Duplicate duplicate) noexcept;

}  // namespace tessera

#include <algorithm>
#include <mutex>
#include <tessera/distributed/mpi_check.hpp>
#include <tessera/distributed/mpi_duplicates.hpp>
#include <vector>

namespace tessera {
namespace {

struct Parked {
  std::mutex mutex;
  std::vector<Duplicate> duplicates;
  std::int64_t next_number = 1;
};
Parked& parked() {
  static Parked* const registry = new Parked;  // never destroyed: sessions may end after static destructors
  return *registry;
}

bool same_ranks(MPI_Comm a, MPI_Comm b) {
  int result = MPI_UNEQUAL;
  mpi_check(MPI_Comm_compare(a, b, &result), "MPI_Comm_compare");
  return result == MPI_CONGRUENT;
}

/// The parked duplicate of these ranks with this number (any number when 0), or a null one.
Duplicate find_parked(MPI_Comm comm, std::int64_t number) {
  std::lock_guard lock(parked().mutex);
  for (const Duplicate& candidate : parked().duplicates)
    if ((number == 0 || candidate.number == number) && same_ranks(comm, candidate.comm)) return candidate;
  return {};
}

void remove_parked(const Duplicate& duplicate) {
  std::lock_guard lock(parked().mutex);
  auto& list = parked().duplicates;
  list.erase(std::find_if(list.begin(), list.end(), [&](const Duplicate& d) { return d.comm == duplicate.comm; }));
}

/// From rank 0. Polls like all our waiting: MPI_Bcast would hold on to a core that the other rank may need.
void broadcast(std::int64_t& number, MPI_Comm comm) {
  MPI_Request request;
  mpi_check(MPI_Ibcast(&number, 1, MPI_INT64_T, 0, comm, &request), "MPI_Ibcast");
  mpi_wait(request, {}, "MPI_Ibcast");
}

void duplicate(MPI_Comm comm, Duplicate& into) {
  mpi_check(MPI_Comm_dup(comm, &into.comm), "MPI_Comm_dup");
  mpi_check(MPI_Comm_set_errhandler(into.comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

/// Takes the parked duplicate of this number (0: none) out of the list, if all ranks have it; else a null one.
/// Collective.
Duplicate find_on_all(MPI_Comm comm, std::int64_t number) {
  if (number == 0) return {};
  const Duplicate found = find_parked(comm, number);
  int all_have_it = found.number != 0;
  MPI_Request request;
  mpi_check(MPI_Iallreduce(MPI_IN_PLACE, &all_have_it, 1, MPI_INT, MPI_MIN, comm, &request), "MPI_Iallreduce");
  mpi_wait(request, {}, "MPI_Iallreduce");
  if (all_have_it == 0) return {};
  remove_parked(found);
  return found;
}

/// From rank 0, which counts.
void give_number(Duplicate& fresh) {
  int rank = 0;
  mpi_check(MPI_Comm_rank(fresh.comm, &rank), "MPI_Comm_rank");
  if (rank == 0) {
    std::lock_guard lock(parked().mutex);
    fresh.number = parked().next_number++;
  }
  broadcast(fresh.number, fresh.comm);
}

}  // namespace

Duplicate fresh_duplicate(MPI_Comm comm) {
  Duplicate fresh;
  duplicate(comm, fresh);
  MPI_Comm node = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split_type(fresh.comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node), "MPI_Comm_split_type");
  mpi_check(MPI_Comm_rank(node, &fresh.node_rank), "MPI_Comm_rank");
  mpi_check(MPI_Comm_size(node, &fresh.node_size), "MPI_Comm_size");
  mpi_check(MPI_Comm_free(&node), "MPI_Comm_free");
  return fresh;
}

std::int64_t parked_number(MPI_Comm comm) {
  int rank = 0;
  mpi_check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  return rank == 0 ? find_parked(comm, 0).number : 0;
}

Duplicate acquire_duplicate(MPI_Comm comm) {
  std::int64_t number = parked_number(comm);
  broadcast(number, comm);
  Duplicate found = find_on_all(comm, number);
  if (found.comm == MPI_COMM_NULL) {
    found = fresh_duplicate(comm);
    give_number(found);
  }
  return found;
}

Duplicate acquire_duplicate(const Duplicate& same_ranks, std::int64_t number) {
  Duplicate found = find_on_all(same_ranks.comm, number);
  if (found.comm == MPI_COMM_NULL) {
    found = same_ranks;
    duplicate(same_ranks.comm, found);
    give_number(found);
  }
  return found;
}

void park_duplicate(Duplicate duplicate) noexcept {
  try {
    std::lock_guard lock(parked().mutex);
    parked().duplicates.push_back(duplicate);
  } catch (...) {  // no memory for the list: the duplicate stays until MPI_Finalize
  }
}

}  // namespace tessera

#include <tessera/distributed/mpi_check.hpp>
#include <tessera/distributed/mpi_communicator.hpp>
#include <tessera/distributed/mpi_exchange.hpp>
#include <tessera/distributed/mpi_group.hpp>

namespace tessera {
namespace {

constexpr int left_tag = MpiExchange::failure_tag + 1, waiting_tag = left_tag + 1;

std::vector<std::unique_ptr<MpiGroup>>& groups() {
  static auto* const all = new std::vector<std::unique_ptr<MpiGroup>>;  // used while the program ends
  return *all;
}

bool from_many_threads() {
  int level = MPI_THREAD_SINGLE;
  mpi_check(MPI_Query_thread(&level), "MPI_Query_thread");
  return level == MPI_THREAD_MULTIPLE;
}

/// returns: whether a message with this tag has come, and from whom.
bool probe(MPI_Comm comm, int tag, int& source) {
  int there = 0;
  MPI_Status status;
  if (MPI_Iprobe(MPI_ANY_SOURCE, tag, comm, &there, &status) != MPI_SUCCESS || there == 0) return false;
  source = status.MPI_SOURCE;
  return true;
}

void send(const void* data, std::size_t bytes, int to, int tag, MPI_Comm comm) {
  MPI_Request request;
  if (MPI_Isend(data, static_cast<int>(bytes), MPI_BYTE, to, tag, comm, &request) == MPI_SUCCESS)
    MPI_Request_free(&request);
}

}  // namespace

const std::vector<std::unique_ptr<MpiGroup>>& MpiGroup::all() { return groups(); }

MpiGroup* MpiGroup::find(MPI_Comm comm) {
  if (from_many_threads()) return nullptr;
  for (const auto& group : groups()) {
    int result = MPI_UNEQUAL;
    mpi_check(MPI_Comm_compare(comm, group->duplicate_.comm, &result), "MPI_Comm_compare");
    if (result == MPI_CONGRUENT) return group.get();
  }
  return nullptr;
}

MpiGroup* MpiGroup::make(MPI_Comm comm) {
  int many = from_many_threads() ? 1 : 0;
  MPI_Request request;
  mpi_check(MPI_Iallreduce(MPI_IN_PLACE, &many, 1, MPI_INT, MPI_MAX, comm, &request), "MPI_Iallreduce");
  mpi_wait(request, {}, "MPI_Iallreduce");
  if (many != 0) return nullptr;
  std::unique_ptr<MpiGroup> group(new MpiGroup);
  group->duplicate_ = fresh_duplicate(comm);
  mpi_check(MPI_Comm_rank(group->duplicate_.comm, &group->rank_), "MPI_Comm_rank");
  mpi_check(MPI_Comm_size(group->duplicate_.comm, &group->size_), "MPI_Comm_size");
  mpi_check(MPI_Comm_rank(MPI_COMM_WORLD, &group->world_rank_), "MPI_Comm_rank");
  group->calls_ = communicator_on(group->duplicate_, group.get());
  groups().push_back(std::move(group));
  return groups().back().get();
}

bool MpiGroup::hear() {
  int source = 0;
  if (!probe(duplicate_.comm, left_tag, source)) return false;
  Leaver told;
  if (MPI_Recv(&told, sizeof told, MPI_BYTE, source, left_tag, duplicate_.comm, MPI_STATUS_IGNORE) != MPI_SUCCESS)
    return false;
  if (told.entered < first_.entered) {
    first_ = told;
    answered_ = false;
  }
  return true;
}

void MpiGroup::say_waiting() noexcept {
  if (answered_) return;
  send(&world_rank_, sizeof world_rank_, static_cast<int>(first_.member), waiting_tag, duplicate_.comm);
  answered_ = true;
}

void MpiGroup::listen() noexcept {
  while (hear()) {
  }
  if (first_.entered < entered_) say_waiting();
}

std::optional<int> MpiGroup::left() const {
  if (first_.member < 0) return std::nullopt;
  return static_cast<int>(first_.member);
}

void MpiGroup::stand_still(bool waits) noexcept {
  if (waits) return say_waiting();
  try {
    pass_on();
  } catch (...) {  // no memory
  }
}

// To the next rank of the ring, unless it has been told of one that entered no more.
void MpiGroup::pass_on() {
  if (size_ == 1 || (!outgoing_.empty() && first_.entered >= outgoing_.back().entered)) return;
  outgoing_.push_back(first_);
  send(&outgoing_.back(), sizeof(Leaver), (rank_ + 1) % size_, left_tag, duplicate_.comm);
}

std::optional<MpiGroup::Stuck> MpiGroup::leave(int status) {
  int source = 0, waits = 0;
  if (probe(duplicate_.comm, waiting_tag, source) &&
      MPI_Recv(&waits, sizeof waits, MPI_BYTE, source, waiting_tag, duplicate_.comm, MPI_STATUS_IGNORE) == MPI_SUCCESS)
    return Stuck{first_, waits};
  while (hear()) {
  }
  if (entered_ < first_.entered) first_ = {entered_, world_rank_, status, rank_};
  pass_on();
  return std::nullopt;
}

}  // namespace tessera

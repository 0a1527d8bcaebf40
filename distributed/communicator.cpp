// What all communicators share: the choice of the world at start, and broadcasts of text.
//
// MPI is touched only when a launcher left its marks in the environment, or when the program has already initialised
// it: MPI_Init costs 0.3 s and tens of MiB, which a program that runs alone should not pay.
#include <cstdlib>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/communicator_launcher.hpp>
#include <tessera/distributed/failure.hpp>
#ifdef TESSERA_HAVE_MPI
#include <tessera/distributed/mpi_world.hpp>
#endif

namespace tessera {

Carrier::~Carrier() = default;
void Carrier::prepare_exchange(std::size_t) {}

Communicator::~Communicator() = default;

void Communicator::exchange(std::span<const Piece> send, std::span<const Piece> receive) {
  begin_exchange(send, receive);
  end_exchange();
}

void Communicator::broadcast(std::string& text, int root) {
  std::int64_t length = static_cast<std::int64_t>(text.size());
  broadcast(reinterpret_cast<std::byte*>(&length), sizeof length, root);
  if (length == 0) return text.clear();
  Failure failure;
  failure.guard([&] { text.resize(length); });
  agree(failure.error());
  broadcast(reinterpret_cast<std::byte*>(text.data()), length, root);
}

namespace {
Launcher launcher_of_process() {
  return detect_launcher([](const char* name) -> const char* { return std::getenv(name); });
}
}  // namespace

int launched_rank() { return launcher_of_process().rank; }

std::unique_ptr<Communicator> world_communicator() {
  const Launcher launcher = launcher_of_process();
#ifdef TESSERA_HAVE_MPI
  if (launcher.present || mpi_is_initialized()) {
    std::unique_ptr<Communicator> world = mpi_world_communicator(launcher);
    refuse_split_world(launcher, world->size(), true);
    return world;
  }
  refuse_split_world(launcher, 1, true);
#else
  refuse_split_world(launcher, 1, false);
#endif
  return self_communicator();
}

#ifndef TESSERA_HAVE_MPI
void abort_program(int exit_code) noexcept { std::_Exit(exit_code); }
#endif

}  // namespace tessera

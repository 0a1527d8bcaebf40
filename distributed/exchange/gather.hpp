#pragma once
// What every rank has, at rank 0: pieces whose sizes only their owners know. The sizes go first, to all ranks.
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tessera/distributed/communicator.hpp>

namespace tessera {

/// All pieces at once, by rank, on rank 0; empty strings on the others. Collective. throws the same on all ranks.
std::vector<std::string> gather_texts(Communicator& comm, std::string mine);

/// One rank after another, so that rank 0 holds one piece beside its own at a time: calls take(rank, piece) there,
/// which may throw. Collective. throws the same on all ranks.
void gather_in_turns(Communicator& comm, std::span<const std::byte> mine,
                     const std::function<void(int rank, std::span<const std::byte> piece)>& take);

}  // namespace tessera

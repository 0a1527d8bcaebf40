#pragma once
// Fetch: every rank gets the box of a resident array that it asks for, from whoever owns its chunks. Halos, replicas,
// changed owners and gathering are all this. Both sides derive the list of pieces from the geometry, so no sizes
// travel: a pair's pieces are the owner's chunks cut with the wanted box, in chunk order, packed densely into messages
// of bounded size.
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {

/// Copies `wanted` (each rank its own; extents 0 for nothing) to `to`, of `strides` bytes per axis. Collective.
/// message_bytes: what this rank's messages under way may take together. returns: bytes that came from other ranks.
std::int64_t fetch(Communicator& comm, const ResidentArray& from, const Box& wanted, std::byte* to, const Dims& strides,
                   std::int64_t message_bytes);

/// The whole array on every rank, into `all` (made before, where a failure to allocate can still be agreed on).
/// Collective. For small arrays. returns: bytes that came from other ranks.
std::int64_t replicate(Communicator& comm, const ResidentArray& from, SlabArray& all);

}  // namespace tessera

#pragma once
// Fetch: every rank gets the box of a resident array that it asks for, from whoever owns its chunks. Halos, replicas,
// changed owners and gathering are all this. Both sides derive what goes from the geometry, so no sizes travel: between
// a pair it is a stream, the owner's chunks cut with the wanted box (OwnedPieces), in rounds of bounded messages.
//
// In two steps, because memory may fail on one rank: what is local (making a Fetch) comes before an agreement of the
// caller's, what is collective (run) after it. run itself agrees once more when it has the memory for its messages.
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tessera/core/device/device.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {

class Fetch {
 public:
  /// Bytes that have come from other ranks, and all that will.
  using Progress = std::function<void(std::int64_t came, std::int64_t of)>;
  /// What a rank asks for.
  using Wishes = std::function<Box(int rank)>;
  /// `wanted`: each rank its own; extents 0 for nothing. Local.
  /// device: copies, of elements that may lie in its space.
  /// wishes: of all ranks, where each knows them; null: they tell each other.
  Fetch(Communicator& comm, Device& device, const ResidentArray& from, const Box& wanted, Wishes wishes = nullptr);
  /// Copies the box to `to`, where it is when this returns. Collective, once every rank has made its Fetch; throws the
  /// same on all ranks. message_bytes: what this rank's messages under way may take together. pool: of the host, for
  /// them; null for memory beside the budget. progress: called on ranks to which something comes, at the beginning and
  /// after each round of messages; must not throw.
  Moved run(const StridedOutput& to, std::int64_t message_bytes, const std::shared_ptr<MemoryPool>& pool = nullptr,
            const Progress& progress = nullptr);

 private:
  struct Lanes;
  Lanes lanes() const;
  /// Collective.
  void exchange_wishes();
  Box told_wish(int rank) const;
  /// The part of `to` that begins at this index of the array.
  StridedOutput part_of(const StridedOutput& to, const Dims& at) const;
  void copy_own(const StridedOutput& to) const;

  Communicator& comm_;
  Device& device_;
  const ResidentArray& from_;
  Box wanted_;
  bool talks_;
  Wishes wishes_;
  std::vector<std::int64_t> mine_, told_;  // where they tell each other
};

/// Both steps and the agreement between them. Collective, unless every rank has all of the array.
Moved fetch(Communicator& comm, Device& device, const ResidentArray& from, const Box& wanted, const StridedOutput& to,
            std::int64_t message_bytes, const std::shared_ptr<MemoryPool>& pool = nullptr);

/// The whole array on every rank, into `all`, of the same space. For small arrays. In the same two steps.
class Replication {
 public:
  Replication(Communicator& comm, Device& device, const ResidentArray& from, std::shared_ptr<SlabArray> all,
              const std::shared_ptr<MemoryPool>& pool);
  /// Collective; throws the same on all ranks.
  Moved run();
  const std::shared_ptr<SlabArray>& result() const { return all_; }

 private:
  Moved broadcast_chunk();

  Communicator& comm_;
  Device& device_;
  const ResidentArray& from_;
  std::shared_ptr<SlabArray> all_;
  std::shared_ptr<MemoryPool> pool_;
  Buffer dense_;
  std::optional<Fetch> fetch_;
};

}  // namespace tessera

#pragma once
// Fetch: every rank gets the box of a resident array that it asks for, from whoever owns its chunks. Halos, replicas,
// changed owners and gathering are all this. Both sides derive what goes from the geometry, so no sizes travel: between
// a pair it is a stream, the owner's chunks cut with the wanted box (OwnedPieces), in rounds of bounded messages.
//
// In two steps, because memory may fail on one rank: what is local (making a Fetch) comes before an agreement of the
// caller's, what is collective (run) after it. run itself agrees once more when it has the memory for its messages.
// Several can be under way in one exchange while the caller does something else (FetchesUnderWay).
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tessera/core/device/device.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/exchange/linked.hpp>
#include <tessera/distributed/exchange/owned_pieces.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/failure.hpp>
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
  /// same on all ranks. transport: over a link, elements lie in the device's memory on all ranks, and so does `to`.
  /// progress: called on ranks to which something comes, at the beginning and after each round of messages; must not throw.
  Moved run(const StridedOutput& to, const Transport& transport, const Progress& progress = nullptr);

 private:
  friend class FetchesUnderWay;
  /// Collective.
  void exchange_wishes();
  Box told_wish(int rank) const;
  /// The part of `to` that begins at this index of the array.
  StridedOutput part_of(const StridedOutput& to, const Dims& at) const;
  void copy_own(Stream stream, const StridedOutput& to) const;

  Communicator& comm_;
  Device& device_;
  const ResidentArray& from_;
  Box wanted_;
  bool talks_;
  Wishes wishes_;
  std::vector<std::int64_t> mine_, told_;  // where they tell each other
};

/// Fetches in one exchange, which goes on while the caller does something else:
///   add each; begin; poll now and then; end.
/// Memory is as that of one Fetch, for the messages of all of them together.
class FetchesUnderWay {
 public:
  FetchesUnderWay(Communicator& comm, Device& device) : comm_(comm), device_(device) {}
  ~FetchesUnderWay();  ///< waits for the device, where they have not ended well: nobody gets their memory before
  FetchesUnderWay(const FetchesUnderWay&) = delete;
  FetchesUnderWay& operator=(const FetchesUnderWay&) = delete;
  /// Of an array of which others have a part, and of wishes that each rank knows, or has been told. `fetch` and the memory
  /// at `to` stay until the end. Local; what goes wrong is said by begin.
  void add(const Fetch& fetch, const StridedOutput& to) noexcept;
  /// Posts the first messages. Collective; throws the same on all ranks, also what `before` says has gone wrong on one.
  /// transport: as Fetch::run has it. progress: too, within poll and end as well, until which it stays.
  void begin(const Transport& transport, const Fetch::Progress& progress, const Failure& before = {});
  /// Goes on with it. returns: true when all is there. Throws nothing but what the communicator does.
  bool poll();
  /// Returns when all is there: what came. Every rank that has begun calls it, whatever goes wrong meanwhile: the others
  /// wait for its messages. Collective for a device that may fail.
  Moved end();

 private:
  struct Item {
    const Fetch* fetch;
    StridedOutput to;
  };
  struct Lane {  // of a stream
    Item of;
    OwnedPieces pieces;
  };
  void add_lanes(const Item& fetch);
  void post();
  void take_round();
  void tell() const;
  Carrier& carrier();
  Stream stream() const;
  Space space_of_messages() const;

  Communicator& comm_;
  Device& device_;
  std::vector<Item> fetches_;
  std::vector<Rounds::Stream> send_, receive_;
  std::vector<Lane> sent_, received_;  // of each stream
  std::optional<LinkedExchange> linked_;
  std::optional<Rounds> rounds_;
  std::int64_t left_ = 0, coming_ = 0;  // rounds, and bytes in all
  Moved came_;
  const Fetch::Progress* progress_ = nullptr;
  bool under_way_ = false;
  Failure failure_;  // what goes wrong with bytes is said at the end: the others are in the exchange
};

/// Both steps and the agreement between them. Collective, unless every rank has all of the array.
Moved fetch(Communicator& comm, Device& device, const ResidentArray& from, const Box& wanted, const StridedOutput& to,
            const Transport& transport);

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

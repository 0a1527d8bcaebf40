#pragma once
// Staging: pinned memory of the host through which a worker passes what goes between files, or arrays of the host, and a device.
// Tiles are sent in one stream, computed in the worker's and brought back in a third, each behind an event of the one before; so
// while a tile is computed the next is read and sent, and what came of the last is brought and written. Values share as many
// blocks as there are turns, and each output has as many: who needs one waits until what it held has gone. Where tiles are
// computed in the host's memory nothing passes: it takes none then.
//
//   read 2 ──► block 0 ─ sent ─► computed ─ brought ─► block 0 ──► put 0, when block 0 is wanted again
#include <deque>
#include <functional>

#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {

class Staging {
 public:
  /// What becomes of elements or states that were brought, dense, in memory that the host reads and writes.
  using Put = std::function<void(std::byte*)>;

  /// `stream`: of the worker.
  Staging(Execution& execution, Stream stream, const StagingBytes& bytes, int turns);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  /// Memory for what is sent next, which nothing uses any more.
  std::byte* take();
  /// Sends what was put there, dense, once the device has reached `free`, behind which nobody uses `to`. What the worker's
  /// stream is given from now on comes after it.
  void send(const Dims& extent, std::int64_t item, const StridedOutput& to, const Event& free);
  /// Brings these elements of an output as what the worker's stream has been given makes them; `put` gets them, on this thread,
  /// in a later call of `bring` or `finish`, in the order of calls. returns: behind which `from` may be written again.
  Event bring(std::size_t output, const Dims& extent, std::int64_t item, const StridedInput& from, Put put);
  /// Calls `f` when all that was brought before has been put.
  void after(std::function<void()> f);
  /// Puts all that was brought. Nothing is under way any more but in the worker's stream.
  void finish();
  /// The host waits until the device uses neither the blocks nor what is sent and brought.
  void wait();

 private:
  struct Block {
    Buffer memory{};
    Event sent{};       ///< of what is sent
    bool full = false;  ///< of what is brought: it has not been put
  };
  /// What waits for elements that are brought; no block: for nothing but those before it.
  struct Waiting {
    Block* block;
    Event came;
    Put put;
  };
  std::byte* memory_of(Block& block, Amount bytes);
  void put_first();

  Execution& execution_;
  const Stream stream_, sending_, bringing_;
  const StagingBytes bytes_;
  std::vector<Block> to_device_;
  std::vector<std::vector<Block>> from_device_;  // by output
  std::size_t next_sent_ = 0;
  std::vector<std::size_t> next_brought_;
  std::deque<Waiting> waiting_;
};

}  // namespace tessera

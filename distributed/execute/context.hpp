#pragma once
// What the execution of one plan shares: the communicator, memory, the arrays made so far, writers and counters.
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include <tessera/core/device/devices.hpp>
#include <tessera/core/store.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/execute/plan_kernels.hpp>
#include <tessera/distributed/failure.hpp>
#include <tessera/distributed/resident.hpp>
#include <tessera/distributed/trace.hpp>

namespace tessera {

struct Counters {
  std::atomic<std::int64_t> bytes_read{0}, bytes_written{0}, bytes_moved{0}, messages{0}, tiles{0}, inner_tiles{0},
      linked_bytes{0}, scratch_bytes{0};

  void add(const Moved& moved) { bytes_moved += moved.bytes, messages += moved.messages, linked_bytes += moved.linked; }
};

/// A step of a stage on this rank: its exchange, counted in bytes that come, or its tiles.
struct StageStep {
  std::size_t stage = 0;
  bool exchanging = false;
  std::int64_t done = 0, total = 0;
};
/// Called by the caller's thread between tiles and between messages. May throw.
using StageProgress = std::function<void(const StageStep&)>;

/// Results beyond this are not in a cache when somebody reads them.
inline constexpr std::int64_t streaming_bytes = 8 << 20;

struct Execution {
  const Plan& plan;
  const PlanKernels& kernels;
  Communicator& comm;
  Device& device;                           ///< of the session, which copies between its space and the host's
  std::shared_ptr<MemoryPool> pool;         ///< of the host
  std::shared_ptr<MemoryPool> device_pool;  ///< of the device's space; the same where that is the host's
  std::shared_ptr<MemoryPool> pinned_pool;  ///< of the host, for what passes between both
  std::vector<StoreWriter*> writers;        ///< by PlanSink::target
  std::vector<std::shared_ptr<ResidentArray>>
      arrays;  ///< one for each of the plan's; null before they are made and after their last use
  Counters counters;
  StageProgress progress;
  std::function<void(std::size_t)> stage_begins;  ///< called by the caller's thread; may be empty
  std::vector<std::uint64_t> values;              ///< by sink: the identity of what is asked for
  std::int64_t session = 0;                       ///< the serial number of the session: whose the arrays are
  std::int64_t message_bytes = 16 << 20;
  std::string scratch;         ///< the folder for scratch files
  Trace* trace = nullptr;      ///< null: not traced
  int first_stage = -1;        ///< number of the first stage's name in the trace
  DeviceLink* link = nullptr;  ///< of the ranks' devices, where the plan uses it

  TraceLane* lane() const { return trace ? trace->evaluation() : nullptr; }
  int traced_stage(std::size_t index) const { return first_stage < 0 ? -1 : first_stage + static_cast<int>(index); }

  /// What computes where its memory is.
  Device& device_in(Space space) const { return space == device.space() ? device : host_device(); }
  const std::shared_ptr<MemoryPool>& pool_in(Space space) const { return space == Space::host ? pool : device_pool; }
  /// Gives a copy to the stream; within the host's memory it is made at once.
  /// streaming: as in Device::copy.
  void copy(Stream stream, const Dims& extent, std::int64_t item, const StridedInput& from, const StridedOutput& to,
            bool streaming = false) {
    const bool within_host = from.space == Space::host && to.space == Space::host;
    (within_host ? host_device() : device).copy(stream, extent, item, from, to, streaming);
  }
  /// Copies, and waits: the bytes are there when this returns.
  void bring(Stream stream, const Dims& extent, std::int64_t item, const StridedInput& from, const StridedOutput& to) {
    copy(stream, extent, item, from, to);
    device.wait(stream);
  }
  /// What carries the elements of an array to memory in `to`, as the plan has it; in the host's memory what is of no array.
  Transport transport() const { return {message_bytes, pool}; }
  Transport transport(const HeldArray& array, Space to) const {
    return is_linked(plan, array, to) ? over_link() : transport();
  }
  Transport over_link() const { return {link_bytes(plan.limits.device_memory), device_pool, link}; }
  StoreWriter& writer(int sink) const { return *writers[plan.sink(sink).target]; }
  const std::shared_ptr<ResidentArray>& array(int number) const { return arrays[number]; }
  const ResidentArray& resident(const HeldArray& held) const {
    if (held.from == HeldArray::From::stage) return *array(held.number);
    return static_cast<const ResidentArray&>(*plan.source(held.number).resident());
  }
};

/// One stage under way on this rank, and what went wrong in it that the others don't know yet.
struct StageRun {
  Execution& x;
  const Stage& stage;
  std::size_t index;
  Failure failure{};

  int traced() const { return x.traced_stage(index); }
  /// Of a worker; null when nothing is traced.
  TraceLane* lane(int worker) const { return x.trace ? x.trace->worker(worker) : nullptr; }
  void tell(bool exchanging, std::int64_t done, std::int64_t total) const {
    if (x.progress) x.progress({index, exchanging, done, total});
  }
};

/// Runs all stages. `arrays` has its size. Collective. Every rank throws the same error when one failed.
void execute(Execution& execution);

}  // namespace tessera

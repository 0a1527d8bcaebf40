#pragma once
// Trace: what each thread of a rank did when, for a timeline of all ranks in Chrome's trace format (Perfetto opens it).
//
// A rank has lanes, each written by one thread at a time: lane 0 is the evaluation (stages, exchanges, waits), lane k
// worker k - 1 (tiles, and within them reads, computations, writes). Spans of one lane nest. Memory is bounded: what
// does not fit any more is counted, and the timeline says so. Off, a span costs one comparison.
//
//   { const TraceSpan span(lane, Activity::read, stage, bytes); store.read(...); }
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/memory/pool.hpp>

namespace tessera {

class Communicator;

enum class Activity : std::uint8_t {
  evaluation,
  plan,
  create,  ///< the target files
  stage,
  exchange,  ///< with other ranks
  wait,      ///< for the slowest rank
  commit,    ///< flush and rename
  tile,
  read,
  generate,
  compute,
  reduce,
  write
};

struct TraceEvent {
  std::int64_t begin = 0, end = 0;  ///< ns since the trace began
  std::int64_t bytes = 0;           ///< 0: not said
  std::int32_t stage = -1;          ///< number of the stage's name
  Activity activity = Activity::tile;
};

class TraceLane {
 public:
  TraceLane(std::span<TraceEvent> room, std::chrono::steady_clock::time_point start) : room_(room), start_(start) {}
  void add(const TraceEvent& event) {
    if (count_ < room_.size())
      room_[count_++] = event;
    else
      dropped_++;
  }
  std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_).count();
  }
  std::span<const TraceEvent> events() const { return room_.first(count_); }
  std::int64_t dropped() const { return dropped_; }

 private:
  std::span<TraceEvent> room_;
  std::chrono::steady_clock::time_point start_;
  std::size_t count_ = 0;
  std::int64_t dropped_ = 0;
};

/// From its making to its end. `lane` null: nothing.
class TraceSpan {
 public:
  TraceSpan(TraceLane* lane, Activity activity, int stage = -1, std::int64_t bytes = 0) : lane_(lane) {
    if (lane_ != nullptr) event_ = {lane_->now(), 0, bytes, stage, activity};
  }
  ~TraceSpan() {
    if (lane_ == nullptr) return;
    event_.end = lane_->now();
    lane_->add(event_);
  }
  /// Bytes of the file, where they are known afterwards.
  void set_bytes(std::int64_t bytes) { event_.bytes = bytes; }
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;

 private:
  TraceLane* lane_;
  TraceEvent event_{};
};

class Trace {
 public:
  /// Memory comes from `pool`, so that it is part of the budget. Collective: time 0 is the same moment on all ranks, as
  /// far as a barrier can tell.
  Trace(Communicator& comm, const std::shared_ptr<MemoryPool>& pool, int threads);
  TraceLane* evaluation() { return &lanes_[0]; }
  TraceLane* worker(int thread) {
    const auto k = static_cast<std::size_t>(thread) + 1;
    return k < lanes_.size() ? &lanes_[k] : nullptr;
  }
  /// returns: the number of the first of these names, for TraceEvent::stage; -1 when there have been too many.
  int add_stages(const std::vector<std::string>& names);
  /// The timeline of all ranks into `file`, by rank 0. Collective. throws IoError.
  void write(Communicator& comm, const std::string& file) const;

 private:
  Buffer memory_;
  std::vector<TraceLane> lanes_;
  std::vector<std::string> stages_;
};

}  // namespace tessera

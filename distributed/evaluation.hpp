#pragma once
// What is known of an evaluation while it runs: evaluate.cpp has its steps, results.cpp what comes of it.
#include <algorithm>
#include <chrono>
#include <optional>
#include <tessera/distributed/job_bytes.hpp>
#include <tessera/distributed/session_state.hpp>

namespace tessera {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

/// What a rank tells the others at the end.
struct Figures {
  std::int64_t bytes_read, bytes_written, bytes_moved, messages, tiles, inner_tiles, scratch_bytes, linked_bytes,
      nanoseconds, peak, peak_resident, device_peak, pinned_peak, held, device_held, failed;
};

/// Of the evaluations that filled scratch files before it.
struct SpilledFigures {
  std::int64_t bytes_read = 0, bytes_moved = 0, messages = 0, scratch_bytes = 0, tiles = 0, inner_tiles = 0, stages = 0,
               chunks = 0, linked_bytes = 0;
  std::int64_t peak_bytes = 0, peak_device_bytes = 0, projected_bytes = 0, projected_device_bytes = 0;
  std::int64_t peak_pinned_bytes = 0;
  double decodings = 0;
  void add(const Statistics& s) {
    bytes_read += s.bytes_read, bytes_moved += s.bytes_moved, messages += s.messages, tiles += s.tiles;
    inner_tiles += s.inner_tiles, linked_bytes += s.linked_bytes;
    scratch_bytes += s.scratch_bytes + s.bytes_written, stages += s.stages, chunks += s.chunks;
    peak_bytes = std::max(peak_bytes, s.peak_bytes), projected_bytes = std::max(projected_bytes, s.projected_bytes);
    peak_device_bytes = std::max(peak_device_bytes, s.peak_device_bytes);
    projected_device_bytes = std::max(projected_device_bytes, s.projected_device_bytes);
    peak_pinned_bytes = std::max(peak_pinned_bytes, s.peak_pinned_bytes);
    decodings = std::max(decodings, s.decodings);
  }
};

struct Session::State::Evaluation {
  std::span<const Sink> sinks{};
  std::vector<Sink> kept{};  ///< what is kept of it, behind the sinks of the call
  Clock::time_point begin{}, running{};
  bool writes = false;
  std::int64_t held = 0,
               device_held = 0;  ///< bytes of arrays that are in this rank's memory beside what the plan takes
  Plan* plan = nullptr;
  std::unique_ptr<Execution> execution{};
  std::vector<Result> results{};
  std::vector<Figures> figures{};  // of all ranks
  std::optional<JobBytes> job{};   // read and written by all ranks, as far as this one knows
  // Of progress, in seconds of the run: when it was last reported; the step under way, since when, and when last heard
  // of.
  double shown = 0, step_began = 0, step_seen = 0;
  StageStep step{};
  SpilledFigures spilled{};
  Failure failure{};

  Evaluation() = default;
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;
  /// A cached plan must not keep the arrays of this evaluation alive.
  ~Evaluation() {
    if (plan != nullptr)
      for (auto& s : plan->sources) s.node = nullptr;
  }
};

}  // namespace tessera

#pragma once
// What is known of an evaluation while it runs: evaluate.cpp has its steps, results.cpp what comes of it.
#include <chrono>
#include <optional>
#include <tessera/distributed/job_bytes.hpp>
#include <tessera/distributed/session_state.hpp>

namespace tessera {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

/// What a rank tells the others at the end.
struct Figures {
  std::int64_t bytes_read, bytes_written, bytes_moved, messages, tiles, scratch_bytes, nanoseconds, peak, peak_resident,
      device_peak, held, device_held, failed;
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
  Failure failure{};
};

}  // namespace tessera

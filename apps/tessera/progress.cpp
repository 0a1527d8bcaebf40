#include "progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "output.hpp"

namespace tessera::command {
namespace {
constexpr int bar_width = 20;

std::string clock_time(double seconds) {
  const auto s = static_cast<std::int64_t>(std::ceil(std::min(seconds, 1e9)));
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}
}  // namespace

std::string progress_line(const SessionOptions::Progress& p, bool bar) {
  const double share =
      p.total > 0 ? std::clamp(static_cast<double>(p.done) / static_cast<double>(p.total), 0.0, 1.0) : 0;
  std::string line = printable(p.stages > 1 ? fmt::format("{}/{} {}", p.stage, p.stages, p.name) : p.name);
  if (bar) {
    const int filled = static_cast<int>(share * bar_width);
    line += fmt::format("  [{:#<{}}{:-<{}}]", "", filled, "", bar_width - filled);
  }
  line += fmt::format("  {:3.0f} %", 100 * share);
  if (p.exchanging) line += fmt::format("  exchanging, {} of {}", format_size(p.done), format_size(p.total));
  if (p.bytes_read > 0) line += fmt::format("  {} read", format_size(p.bytes_read));
  if (p.bytes_written > 0) line += fmt::format("  {} written", format_size(p.bytes_written));
  if (p.seconds > 0 && p.bytes_read + p.bytes_written > 0)
    line += fmt::format(
        ", {}/s",
        format_size(static_cast<std::int64_t>(static_cast<double>(p.bytes_read + p.bytes_written) / p.seconds)));
  // Of this step: what came before it says nothing of its pace.
  if (share > 0 && p.step_seconds > 0.5)
    line += fmt::format(", {} left", clock_time(p.step_seconds * (1 - share) / share));
  return line;
}

Progress::Progress(ProgressMode mode, bool quiet, bool terminal) {
  if (mode == ProgressMode::off || (quiet && mode != ProgressMode::on)) return;
  bar_ = terminal;
  interval_ = terminal ? 0.1 : mode == ProgressMode::on ? 0.2 : 5;
}

void Progress::update(const SessionOptions::Progress& p) {
  if (interval_ == 0 || p.seconds - last_ < interval_) return;
  last_ = p.seconds;
  if (bar_) {
    note("\r\x1b[K{}", progress_line(p, true));
    drawn_ = true;
  } else {
    note("tessera: {}\n", progress_line(p, false));
    interval_ = std::max(interval_, std::min(p.seconds / 4, 5.0));  // soon at first, then every few seconds
  }
  std::fflush(stderr);
}

void Progress::finish() {
  if (drawn_) note("\r\x1b[K");
  drawn_ = false;
}

}  // namespace tessera::command

#include "figures.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::command {
namespace {
double throughput(const Statistics& s) {
  return s.seconds > 0 ? static_cast<double>(s.bytes_read + s.bytes_written) / s.seconds : 0;
}
std::string plural(std::int64_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }
}  // namespace

std::string figures_line(const Session& session) {
  const Statistics& s = session.statistics();
  std::string line;
  if (s.bytes_read > 0) line = "read " + format_size(s.bytes_read);
  if (s.bytes_written > 0) line += (line.empty() ? "" : ", ") + std::string("wrote ") + format_size(s.bytes_written);
  line += line.empty() ? "computed" : "";
  line += s.seconds < 0.1 ? fmt::format(" in {:.1f} ms", 1000 * s.seconds) : fmt::format(" in {:.2f} s", s.seconds);
  if (s.bytes_read + s.bytes_written > 0)
    line += fmt::format(" ({}/s)", format_size(static_cast<std::int64_t>(throughput(s))));
  line += fmt::format("; peak {} of {} per rank", format_size(s.peak_resident_bytes), format_size(session.memory()));
  line += fmt::format("; {} with {}{}", plural(session.size(), "rank"), plural(session.threads(), "thread"),
                      session.size() > 1 ? " each" : "");
  return line;
}

nlohmann::ordered_json figures_json(const Session& session) {
  const Statistics& s = session.statistics();
  return {{"seconds", s.seconds},
          {"bytes_read", s.bytes_read},
          {"bytes_written", s.bytes_written},
          {"bytes_moved", s.bytes_moved},
          {"linked_bytes", s.linked_bytes},
          {"scratch_bytes", s.scratch_bytes},
          {"messages", s.messages},
          {"bytes_per_second", throughput(s)},
          {"peak_resident_bytes", s.peak_resident_bytes},
          {"peak_bytes", s.peak_bytes},
          {"projected_bytes", s.projected_bytes},
          {"peak_device_bytes", s.peak_device_bytes},
          {"projected_device_bytes", s.projected_device_bytes},
          {"memory", session.memory()},
          {"ranks", session.size()},
          {"threads", session.threads()},
          {"stages", s.stages},
          {"tiles", s.tiles},
          {"inner_tiles", s.inner_tiles},
          {"chunks", s.chunks}};
}

}  // namespace tessera::command

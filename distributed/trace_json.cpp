// The timeline as Chrome's trace format: https://ui.perfetto.dev and chrome://tracing open it. A process is a rank, a
// thread a lane; complete events ("X") with times in microseconds. Rank 0 writes the ranks one after another, so that
// it holds the events of one of them at a time.
#include <fmt/format.h>

#include <cstring>

#include <tessera/core/printable.hpp>
#include <tessera/distributed/exchange/gather.hpp>
#include <tessera/distributed/together.hpp>
#include <tessera/distributed/trace.hpp>
#include <tessera/io/text_file.hpp>

namespace tessera {
namespace {

constexpr const char* activity_names[] = {"evaluation", "plan", "create",   "stage",   "exchange", "wait", "commit",
                                          "tile",       "read", "generate", "compute", "reduce",   "write"};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : printable(text)) {  // also of names that are not UTF-8
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// What travels of one lane, before its events.
struct LaneHeader {
  std::int64_t events = 0, dropped = 0;
};

/// The events one after another.
class JsonFile {
 public:
  explicit JsonFile(const std::string& name) : file_(name) {
    file_.append("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
  }
  void event(const std::string& text) {
    if (!first_) file_.append(",\n");
    file_.append(text);
    first_ = false;
  }
  void finish() {
    file_.append("\n]}\n");
    file_.commit();
  }

 private:
  TextFile file_;
  bool first_ = true;
};

std::string event_text(int rank, std::size_t lane, const TraceEvent& e, const std::vector<std::string>& stages) {
  const bool has_stage = e.stage >= 0 && e.stage < static_cast<int>(stages.size());
  const std::string name = e.activity == Activity::stage && has_stage
                               ? quoted(stages[e.stage])
                               : fmt::format("\"{}\"", activity_names[static_cast<int>(e.activity)]);
  std::string arguments;
  if (has_stage) arguments = fmt::format("\"stage\":{}", e.stage + 1);
  if (e.bytes > 0) arguments += fmt::format("{}\"bytes\":{}", arguments.empty() ? "" : ",", e.bytes);
  return fmt::format(
      "{{\"ph\":\"X\",\"cat\":\"{}\",\"name\":{},\"pid\":{},\"tid\":{},\"ts\":{:.3f},\"dur\":{:.3f},\"args\":{{{}}}}}",
      activity_names[static_cast<int>(e.activity)], name, rank, lane, static_cast<double>(e.begin) / 1000,
      static_cast<double>(e.end - e.begin) / 1000, arguments);
}

void write_rank(JsonFile& file, int rank, std::size_t lanes, std::span<const std::byte> data,
                const std::vector<std::string>& stages) {
  file.event(fmt::format(R"({{"ph":"M","name":"process_name","pid":{0},"args":{{"name":"rank {0}"}}}})", rank));
  const std::byte* at = data.data();
  for (std::size_t lane = 0; lane < lanes; lane++) {
    const std::string label = lane == 0 ? "evaluation" : fmt::format("thread {}", lane - 1);
    file.event(fmt::format(R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":"{}"}}}})", rank, lane,
                           label));
    LaneHeader header;
    std::memcpy(&header, at, sizeof header);
    at += sizeof header;
    TraceEvent e;
    for (std::int64_t i = 0; i < header.events; i++, at += sizeof e) {
      std::memcpy(&e, at, sizeof e);
      file.event(event_text(rank, lane, e, stages));
    }
    if (header.dropped > 0)
      file.event(fmt::format(
          R"({{"ph":"i","s":"t","name":"truncated: {} more spans had no room","pid":{},"tid":{},"ts":{:.3f}}})",
          header.dropped, rank, lane, static_cast<double>(e.end) / 1000));
  }
}

}  // namespace

void Trace::write(Communicator& comm, const std::string& name) const {
  std::vector<std::byte> mine;
  std::unique_ptr<JsonFile> file;
  together(comm, [&] {
    const auto append = [&](const void* data, std::size_t bytes) {
      const auto* p = static_cast<const std::byte*>(data);
      mine.insert(mine.end(), p, p + bytes);
    };
    for (const auto& lane : lanes_) {
      const LaneHeader header{static_cast<std::int64_t>(lane.events().size()), lane.dropped()};
      append(&header, sizeof header);
      append(lane.events().data(), lane.events().size_bytes());
    }
    if (comm.rank() == 0) file = std::make_unique<JsonFile>(name);
  });
  gather_in_turns(comm, mine, [&](int rank, std::span<const std::byte> spans) {
    write_rank(*file, rank, lanes_.size(), spans, stages_);
  });
  together(comm, [&] {
    if (comm.rank() == 0) file->finish();
  });
}

}  // namespace tessera

#pragma once
// What streams were given and the host waited for, in that order: what may overlap is seen there, whatever a schedule did. Tests
// find it by the driver's functions simulated_log and simulated_lose_waits.
#include <vector>

namespace simulated {

enum class Given : int { send, bring, launch, record, stream_waits, host_waits, host_waits_for_stream };

struct Entry {
  Given what;
  int stream;           ///< -1: the host
  int of = -1;          ///< of waits: the stream of the event
  int mark = -1;        ///< of events: number of the place
  bool pinned = false;  ///< of copies: the host's memory is
};

using TakeEntry = void (*)(void* to, const Entry& entry);

class Log {
 public:
  void begin() { on_ = true, entries_.clear(); }
  void add(const Entry& e) {
    if (on_) entries_.push_back(e);
  }
  /// Calls take(to, entry) for all since `begin`, and ends.
  void end(TakeEntry take, void* to) {
    for (const Entry& e : entries_) take(to, e);
    on_ = false, entries_.clear();
  }

 private:
  bool on_ = false;
  std::vector<Entry> entries_;
};

}  // namespace simulated

#pragma once
// Heartbeat: ranks tell each other that they are there and get on, on a thread and a socket of their own, so that a
// rank hears of the others while its own thread computes, waits in MPI or in a write to a slow disk. MPI can't do that:
// its calls belong to the caller's thread (MPI_THREAD_FUNNELED), and a message to a host that has gone is no error for
// minutes.
//
// Ranks form a tree of `fan_out` children each. Every `interval` a rank sends one UDP datagram to its parent and to
// each child: up goes the number of steps of its subtree, down the number of steps of all. So a rank of 10^5 sends 17
// datagrams, and learns of any rank's step within ten intervals. A lost datagram costs an interval. A neighbour that
// has been heard once and then is silent for `silence` seconds is reported with its host; one that says goodbye is not.
//
// Bytes that a TCP connection of this process brings or takes count as steps (what MPI sends on a slow network may take
// minutes for one message), as far as the system tells (TCP_INFO).
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <tessera/core/export.hpp>
#include <tessera/distributed/peer_report.hpp>

namespace tessera {

class Communicator;

struct HeartbeatOptions {
  double interval = 0.5;  ///< seconds between datagrams
  double silence = 12;    ///< seconds without a word before a neighbour counts as silent
  int fan_out = 16;
};

class TESSERA_API Heartbeat {
 public:
  struct Doing {
    std::uint64_t steps = 0;  ///< of this rank so far
    std::string stage;        ///< at most 95 bytes of it travel
  };

  /// Collective: neighbours learn each other's addresses. `doing` is called on the heartbeat's thread until the
  /// destructor returns. Where no socket can be had the others go without this rank's word. throws what `together`
  /// throws.
  Heartbeat(Communicator& ranks, HeartbeatOptions options, std::function<Doing()> doing);
  ~Heartbeat();  ///< says goodbye; local, waits for no rank
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  std::shared_ptr<const PeerReport> report() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace tessera

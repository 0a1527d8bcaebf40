#pragma once
// DeviceLink: what carries pieces from the memory of one rank's device to that of another's, past the hosts. Ranks whose devices say
// that they can be linked (Device::link_support) make one together, and agree on everything else by other means: a link knows
// nothing of failures of ranks, and what is under way on it may never end when one is gone. So whoever waits polls, and aborts.
//
// Used by one thread at a time; `abort` by any.
#include <span>
#include <string>

#include <tessera/core/export.hpp>
#include <tessera/core/piece.hpp>

namespace tessera {

struct Stream;

/// Whether a device can be linked with others.
struct LinkSupport {
  std::string name{};     ///< of what links it, the same on ranks that it links: "NCCL 2.28.9"; empty: nothing does
  std::string why_not{};  ///< then: "there is no libnccl.so.2"
};

class TESSERA_API DeviceLink {
 public:
  virtual ~DeviceLink();  ///< local: aborts what is under way
  /// Goes on with connecting, or with giving streams what `exchange` was told. Cheap. returns: true when nothing of that is left.
  /// throws CommError when this rank, the network or another rank has failed: of no use but to be aborted, then.
  virtual bool poll() = 0;
  /// Sends and receives all pieces, in the order of the stream, once `poll` has returned true: only then it is behind what the
  /// stream was given before. Called after `poll` has returned true. All memory is the device's. throws as poll.
  virtual void exchange(Stream stream, std::span<const Piece> send, std::span<const Piece> receive) = 0;
  /// Ends what is under way, and the link. Local; takes seconds at most.
  /// returns: false where it has not ended: the device may still write to what was to be received.
  virtual bool abort() noexcept = 0;
};

}  // namespace tessera

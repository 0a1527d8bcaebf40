#pragma once
// Links: whether the devices of a session's ranks exchange what lies in their memory over a link of their own (core/device/link.hpp), or
// through the hosts' memory. All ranks decide alike: when the session begins they compare what their devices say, without connecting;
// they connect when a plan first needs it. Where that fails, or something over the link has failed once and can't be linked again, all go
// through the hosts' memory from then on.
#include <memory>
#include <span>
#include <string>

#include <tessera/core/device/device.hpp>
#include <tessera/distributed/communicator.hpp>

namespace tessera {

/// What a rank says of its device, in fixed room: texts are cut.
struct LinkCard {
  char identity[48] = {};
  char name[32] = {};
  char why_not[208] = {};
};

/// Why devices of these, one a rank, are not linked: "ranks 0 and 2 share a GPU"; empty: they can be. Pure.
TESSERA_API std::string why_not_linked(std::span<const LinkCard> cards);

class Links {
 public:
  /// Compares the devices of all ranks. Collective; throws the same on all ranks.
  void survey(Communicator& comm, Device& device);
  /// What links them: "NCCL 2.28.9"; empty: nothing. The same on all ranks.
  const std::string& name() const { return name_; }
  /// Then: why.
  const std::string& why_not() const { return why_not_; }
  /// Null before `connect`.
  DeviceLink* link() const { return link_.get(); }
  /// Connects all ranks, where `name` says what does and there is no link. Collective. returns: whether there is a link now; else
  /// `why_not` says why, on all ranks.
  bool connect(Communicator& comm, Device& device);
  /// After an evaluation that failed: what was under way may be. All ranks do it; connects anew when a plan needs it.
  void close() noexcept;

 private:
  void connect_here(Communicator& comm, Device& device, const std::string& id);

  std::string name_, why_not_ = "there is one rank";
  double patience_ = 0;  // seconds
  std::unique_ptr<DeviceLink> link_;
};

}  // namespace tessera

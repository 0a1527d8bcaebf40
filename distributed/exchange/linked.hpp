#pragma once
// Exchanges between the memories of the ranks' devices over their link (core/device/link.hpp), as a communicator makes them between
// the hosts'. All is given to one stream: what is packed before, the pieces, and what is unpacked behind them, so that the host waits
// for none of that but the pieces.
//
// It throws nothing: a rank whose link fails keeps that in the Failure of its caller, who takes it to the next agreement, announces
// it, and aborts. Whoever waits polls, hears of the announcement, gives those that failed by themselves some time to send what they
// still can, and aborts, too. What has come is of no use then.
#include <chrono>
#include <optional>

#include <tessera/core/device/device.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/failure.hpp>

namespace tessera {

class LinkedExchange final : public Carrier {
 public:
  /// Of the device, alone.
  static constexpr Stream stream{-1};

  LinkedExchange(Communicator& comm, Device& device, DeviceLink& link, Failure& failure)
      : comm_(comm), device_(device), link_(link), failure_(failure) {}
  void begin_exchange(std::span<const Piece> send, std::span<const Piece> receive) override;
  bool poll_exchange() override;
  void end_exchange() override;
  /// After a failure: waits until the device has left the pieces alone. returns: false where it can't be made to.
  bool settle() noexcept;

 private:
  bool have_all();
  bool is_hopeless();
  void give_up() noexcept;

  Communicator& comm_;
  Device& device_;
  DeviceLink& link_;
  Failure& failure_;
  bool under_way_ = false, broken_ = false, stuck_ = false;
  std::optional<Event> behind_;                                 // the pieces; none until they are in the stream
  std::optional<std::chrono::steady_clock::time_point> heard_;  // of a failure of another rank
};

}  // namespace tessera

#pragma once
// A UDP socket on a port that the system chooses, and the addresses under which this host can be reached (IPv4).
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tessera {

/// An IPv4 address and port, in network byte order. Port 0: none.
struct Endpoint {
  std::uint32_t address = 0;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

/// This host's addresses but the loopback's: at most `most`, in the system's order. Empty when the system does not say.
struct HostAddresses {
  static constexpr int most = 8;
  std::array<std::uint32_t, most> address{};
  int count = 0;
};
HostAddresses host_addresses();

/// Name of this host (as `hostname` prints it), and a number that is the same for processes that share its network.
std::string host_name();
std::uint64_t network_identity();

class DatagramSocket {
 public:
  DatagramSocket() noexcept;  ///< `port()` is 0 when there is none
  ~DatagramSocket();
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  std::uint16_t port() const { return port_; }  ///< network byte order
  /// What can't be sent is lost, as datagrams may be.
  void send(const Endpoint& to, std::span<const std::byte> bytes) noexcept;
  /// Waits at most `seconds` for a datagram or for `wake`. returns: its bytes; 0: none.
  std::size_t receive(std::span<std::byte> bytes, Endpoint& from, double seconds) noexcept;
  /// Ends a `receive` of another thread.
  void wake() noexcept;

 private:
  int socket_ = -1, wake_ = -1;
  std::uint16_t port_ = 0;
};

/// Bytes that this process's TCP connections have brought and taken so far, as far as the system tells.
std::uint64_t tcp_bytes() noexcept;

}  // namespace tessera

#include <tessera/distributed/datagram_socket.hpp>

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
// Not <netinet/tcp.h>: its tcp_info has no byte counts.
#include <linux/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include <tessera/core/hash.hpp>

namespace tessera {
namespace {

sockaddr_in system_address(const Endpoint& e) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = e.address;
  a.sin_port = e.port;
  return a;
}

}  // namespace

HostAddresses host_addresses() {
  HostAddresses out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (const ifaddrs* i = all; i != nullptr && out.count < HostAddresses::most; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    if ((i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0) continue;
    out.address[out.count++] = reinterpret_cast<const sockaddr_in*>(i->ifa_addr)->sin_addr.s_addr;
  }
  ::freeifaddrs(all);
  return out;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "?";
  return name.data();
}

std::uint64_t network_identity() {
  Hash h;
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  h.add(std::string_view(boot));
  struct stat network {};
  if (::stat("/proc/self/ns/net", &network) == 0) h.add(network.st_ino);
  return h.value();
}

DatagramSocket::DatagramSocket() noexcept {
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (socket_ < 0) return;
  sockaddr_in any = system_address({htonl(INADDR_ANY), 0});
  socklen_t length = sizeof any;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&any), length) == 0 &&
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &length) == 0)
    port_ = any.sin_port;
}

DatagramSocket::~DatagramSocket() {
  if (socket_ >= 0) ::close(socket_);
  if (wake_ >= 0) ::close(wake_);
}

void DatagramSocket::send(const Endpoint& to, std::span<const std::byte> bytes) noexcept {
  if (socket_ < 0 || to.port == 0) return;
  const sockaddr_in a = system_address(to);
  static_cast<void>(
      ::sendto(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&a), sizeof a));
}

std::size_t DatagramSocket::receive(std::span<std::byte> bytes, Endpoint& from, double seconds) noexcept {
  pollfd waiting[2] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
  if (::poll(waiting, 2, static_cast<int>(std::ceil(seconds * 1000))) <= 0 || (waiting[0].revents & POLLIN) == 0)
    return 0;
  sockaddr_in a{};
  socklen_t length = sizeof a;
  const auto got = ::recvfrom(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&a), &length);
  if (got <= 0) return 0;
  from = {a.sin_addr.s_addr, a.sin_port};
  return static_cast<std::size_t>(got);
}

void DatagramSocket::wake() noexcept {
  const std::uint64_t one = 1;
  if (wake_ >= 0) static_cast<void>(!::write(wake_, &one, sizeof one));
}

std::uint64_t tcp_bytes() noexcept {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::uint64_t sum = 0;
  while (const dirent* entry = ::readdir(folder)) {
    char* end = nullptr;
    const long number = std::strtol(entry->d_name, &end, 10);
    if (end == entry->d_name) continue;
    tcp_info info{};
    socklen_t length = sizeof info;
    if (::getsockopt(static_cast<int>(number), IPPROTO_TCP, TCP_INFO, &info, &length) != 0) continue;
    if (length >= offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
      sum += info.tcpi_bytes_acked + info.tcpi_bytes_received;
  }
  ::closedir(folder);
  return sum;
}

}  // namespace tessera

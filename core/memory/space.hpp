#pragma once
// Where memory lies, and so who can reach it.
#include <cstdint>

namespace tessera {

enum class Space : std::uint8_t {
  host,    ///< ordinary memory of the process
  pinned,  ///< of the host, never paged out: what a device copies from and to while the host goes on
  device,  ///< of a GPU: the host can't read it
};

}  // namespace tessera

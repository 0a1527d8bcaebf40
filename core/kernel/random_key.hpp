#pragma once
// Which stream of random numbers: Philox's key, the same on every device.
#include <cstdint>

namespace tessera {

struct RandomKey {
  std::uint64_t seed = 0, stream = 0;
  bool operator==(const RandomKey&) const = default;
};

}  // namespace tessera

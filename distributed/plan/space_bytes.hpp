#pragma once
// Bytes of a rank by the space that they are in. What the session's device computes with is in the device's own space,
// if it has one; all else is the host's, but for what passes through scratch files.
#include <algorithm>

#include <tessera/core/memory/space.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {

struct SpaceBytes {
  Amount host{}, device{}, scratch{};

  Amount& in(Space space) { return space == Space::device ? device : host; }
  Amount in(Space space) const { return space == Space::device ? device : host; }
  bool fit(const SpaceBytes& available) const {
    return host <= available.host && device <= available.device && scratch <= available.scratch;
  }
};

}  // namespace tessera

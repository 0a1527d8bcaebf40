#include <tessera/core/signs.hpp>

namespace tessera {

Signs& signs() noexcept {
  static Signs all;
  return all;
}

}  // namespace tessera

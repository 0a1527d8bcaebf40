#include <tessera/core/hash.hpp>

namespace tessera {

std::uint64_t hash_bits = ~std::uint64_t{0};

}  // namespace tessera

#include <tessera/distributed/job_bytes.hpp>

#include <algorithm>

namespace tessera {

JobBytes::Bytes JobBytes::add(std::size_t stage, std::int64_t own_tiles, Bytes own) {
  const std::int64_t all_tiles = std::max(plan_.stages[stage].traffic.tiles, own_tiles);
  const double share = own_tiles > 0 ? static_cast<double>(all_tiles) / static_cast<double>(own_tiles) : 1;
  all_[0] += share * static_cast<double>(own.read - last_.read);
  all_[1] += share * static_cast<double>(own.written - last_.written);
  last_ = own;
  return {static_cast<std::int64_t>(all_[0]), static_cast<std::int64_t>(all_[1])};
}

}  // namespace tessera

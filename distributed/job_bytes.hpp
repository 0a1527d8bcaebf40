#pragma once
// How far all ranks are, as far as one can tell without asking the others: its own bytes of each stage, times the
// stage's tiles over its own. Exact on one rank; else as good as the tiles are alike.
//
//   2 ranks, a stage of 12 tiles of which 4 are ours: after 3 MiB of ours the job has read about 9 MiB
#include <array>
#include <cstdint>

#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

class JobBytes {
 public:
  struct Bytes {
    std::int64_t read = 0, written = 0;
  };
  explicit JobBytes(const Plan& plan) : plan_(plan) {}
  /// Between tiles of `stage`: what this rank has read and written since the start, and its tiles of the stage.
  /// returns: the same of all ranks.
  Bytes add(std::size_t stage, std::int64_t own_tiles, Bytes own);

 private:
  const Plan& plan_;
  Bytes last_;                       // of this rank, at the last call
  std::array<double, 2> all_{0, 0};  // read, written
};

}  // namespace tessera

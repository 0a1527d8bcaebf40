#pragma once
// The groups of a sort in a scratch file: written in pieces, each where it belongs, and read whole.
#include <vector>

#include <tessera/distributed/execute/context.hpp>
#include <tessera/distributed/plan/spread_sort.hpp>
#include <tessera/io/scratch_file.hpp>

namespace tessera {

class GroupFile {
 public:
  /// Makes the file, with room for what a walk brings. Local. throws IoError.
  GroupFile(StageRun& stage, const SpreadSort& op);

  /// `n` records to be written behind the first `first` of the file. They must stay until `write`.
  void add(std::int64_t first, const std::byte* records, std::int64_t n);
  /// Writes what was added, by all workers, and forgets it. What goes wrong stays in the stage's failure, and after
  /// that nothing is written.
  void write();
  /// `n` records behind the first `first`, by all workers. What goes wrong stays in the stage's failure.
  void read(std::int64_t first, std::byte* to, std::int64_t n);

 private:
  struct Slice {
    std::int64_t offset;
    const std::byte* from;
    std::int64_t bytes;
  };
  StageRun& stage_;
  std::int64_t record_;
  int workers_;
  io::ScratchFile file_;
  std::vector<Slice> slices_;
};

}  // namespace tessera

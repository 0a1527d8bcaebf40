#pragma once
// Pending: what the library writes into a file that grows. It stays in memory: the file is as it was until all of what
// is added is on the disk. The library sees what it has written. Private to io/hdf5.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tessera/io/append_journal.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io::hdf5 {

class Pending {
 public:
  explicit Pending(std::shared_ptr<const PositionedFile> file)
      : file_(std::move(file)), old_end_(file_->size()), end_(old_end_) {}

  void read(std::int64_t at, std::byte* to, std::int64_t bytes) const;
  void write(std::int64_t at, const std::byte* from, std::int64_t bytes);

  /// Where the file ended before anything was added.
  std::int64_t old_end() const { return old_end_; }
  /// Where it ends with what is added.
  std::int64_t end() const { return end_; }
  void set_end(std::int64_t bytes) { end_ = bytes; }
  /// The end of what the library has allocated; of an open file.
  std::int64_t allocated() const { return allocated_; }
  void set_allocated(std::int64_t bytes) { allocated_ = bytes; }

  /// Writes what lies behind the old end: no reader looks there.
  void write_behind() const;
  /// What changes before the old end, as the file has it and as the library wrote it.
  std::vector<Patch> within() const;

 private:
  struct Piece {
    std::string before, after;
  };
  std::string in_file(std::int64_t at, std::int64_t bytes) const;

  std::shared_ptr<const PositionedFile> file_;
  std::map<std::int64_t, Piece> pieces_;  // by offset; they don't overlap
  std::int64_t old_end_, end_, allocated_ = 0;
};

}  // namespace tessera::io::hdf5

#pragma once
// The temporary files and folders that this process is making, where a signal handler finds them.
#include <sys/types.h>

#include <string>

namespace tessera::io {

/// One of them. What is removed is the file that was watched, never another one under its name.
class Unfinished {
 public:
  /// Takes the memory that it needs; nothing is watched yet.
  explicit Unfinished(const std::string& path);
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() { forget(); }
  void watch(dev_t device, ino_t inode) noexcept;
  void forget() noexcept;

  struct Entry;

 private:
  Entry* entry_;
};

}  // namespace tessera::io

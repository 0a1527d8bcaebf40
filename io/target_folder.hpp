#pragma once
// TargetFolder: the files of a target that is a folder, as any process writes them while it lies under its temporary
// name. Thread-safe.
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <tessera/io/temporary_file.hpp>

namespace tessera::io {

class TargetFolder {
 public:
  /// throws IoError when it is not the folder any more that was made under this name.
  explicit TargetFolder(const TemporaryName& name);
  TargetFolder(const TargetFolder&) = delete;
  TargetFolder& operator=(const TargetFolder&) = delete;

  /// What errors call it: the target's name.
  const std::string& name() const { return name_.final_path; }
  /// The file `path` in it ("c/0/1"), to be read and written. Where it is not there it is made, empty, with the folders
  /// above it; several processes may do so at once. throws IoError.
  std::shared_ptr<const PositionedFile> file(const std::string& path);
  /// Brings to the disk what this process has asked for: the files and the folders that they are in. throws IoError.
  void sync();
  /// Memory that one more file takes here, in bytes.
  static std::int64_t bytes_a_file(const std::string& path) { return 64 + static_cast<std::int64_t>(path.size()); }

 private:
  Opened open(const std::string& path, int flags) const;
  TemporaryName name_;
  Opened folder_;
  std::mutex mutex_;  // of what follows
  std::set<std::string> files_, folders_;
};

}  // namespace tessera::io

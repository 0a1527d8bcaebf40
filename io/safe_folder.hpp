#pragma once
// A folder of files that appears under its name only when it is complete, as safe_file.hpp has it for a file: made
// under a temporary name (temporary_folder.hpp), brought to the disk, renamed, and the folder above it brought to the
// disk. What it replaces decides who may read it.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/io/permissions.hpp>
#include <tessera/io/target_folder.hpp>
#include <tessera/io/target_place.hpp>
#include <tessera/io/temporary_folder.hpp>

namespace tessera::io {

/// On the one process that makes it. Gone, if it is not committed.
class SafeFolder {
 public:
  /// Checks that `path` may be made (folder above it there and writable; nothing of this name, or, to be replaced, a
  /// folder that `is_ours`: nobody else's files are removed; none of `inputs`) and makes the temporary folder, empty.
  /// `words`: what `is_ours` knows, "an HDF5 file". throws UsageError, IoError.
  SafeFolder(const std::string& path, Existing existing, const std::vector<std::string>& inputs,
             std::function<bool(const std::string&)> is_ours, std::string words);

  const TemporaryName& name() const { return temporary_->name(); }
  /// To be written.
  TargetFolder& files() { return *files_; }
  /// Flush, rename, flush the folder above; what was replaced goes with the value. throws IoError; UsageError when
  /// something appeared that is not to be replaced.
  void commit();

 private:
  void check_old(const std::string& path) const;
  Existing existing_;
  std::function<bool(const std::string&)> is_ours_;
  std::string words_;
  std::optional<TemporaryFolder> temporary_;
  std::optional<TargetFolder> files_;
};

}  // namespace tessera::io

#pragma once
// A file that appears under its name only when it is complete: made under a temporary name (temporary_file.hpp),
// brought to the disk, renamed, and the folder brought to the disk. What it replaces decides who may read and write it.
// Whatever Tessera writes, it writes so.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/io/permissions.hpp>
#include <tessera/io/positioned_file.hpp>
#include <tessera/io/target_place.hpp>
#include <tessera/io/temporary_file.hpp>

namespace tessera::io {

/// On the one process that makes it. Gone, if it is not committed.
class SafeFile {
 public:
  /// Checks that `path` may be made (folder there and writable, no file there that is not to be replaced, none of
  /// `inputs`) and makes the temporary file: empty, or a copy of what is added to. throws UsageError, IoError.
  SafeFile(const std::string& path, Existing existing, const std::vector<std::string>& inputs);

  const TemporaryName& name() const { return temporary_->name(); }
  /// To be written.
  const std::shared_ptr<const PositionedFile>& file() const { return file_; }
  /// Nothing when the file is a new one.
  const std::optional<FileKey>& added_to() const { return added_to_; }
  /// Flush, rename, flush the folder. throws IoError; UsageError when a file appeared that is not to be replaced.
  void commit();

 private:
  void copy_old();
  Existing existing_;
  std::optional<Permissions> replaced_;
  std::optional<FileKey> added_to_;
  std::optional<TemporaryFile> temporary_;
  std::shared_ptr<const PositionedFile> file_;
};

}  // namespace tessera::io

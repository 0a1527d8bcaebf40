#pragma once
// A file that appears under its name only when it is complete: made as ".name.tessera-part" in the same folder, brought
// to the disk, renamed, and the folder brought to the disk. The temporary name is deterministic, so that what a killed
// run left behind is found (and replaced) by the next. The inode tells a file of this run from one of another.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tessera/core/serialize.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io {

struct SafeFile {
  std::string final_path, temporary_path;
  std::uint64_t inode = 0;            ///< of the temporary file, once it is made
  bool force = false;                 ///< may replace a file at final_path
  std::optional<FileKey> replaces{};  ///< the only file that may be replaced: the one that was added to
};

/// Checks that `path` may be made: folder there and writable, no file there unless `force`, none of `inputs`.
/// Removes what an earlier run left under the temporary name. throws UsageError, IoError.
SafeFile prepare_safe_file(const std::string& path, bool force, const std::vector<std::string>& inputs);
/// The same to add to the file at `path`, or to make it where there is none. begin_appended then makes the temporary
/// file, a copy of it.
SafeFile prepare_to_append(const std::string& path, const std::vector<std::string>& inputs);
std::shared_ptr<const PositionedFile> begin_appended(SafeFile& file);
/// Where a file lies before it is complete; links are followed. Touches nothing.
std::string temporary_path(const std::string& path);
/// Opens the temporary file to write; `what` it does is named when another run replaced the file meanwhile.
std::shared_ptr<const PositionedFile> open_temporary(const SafeFile& file, const char* what);
/// Flush, rename, flush the folder. throws IoError; UsageError when the target appeared meanwhile and force is off.
void commit(const SafeFile& file);
/// Removes the temporary file if it is still this run's.
void discard(const SafeFile& file) noexcept;

void put_safe_file(Writer& w, const SafeFile& file);
SafeFile get_safe_file(Reader& r);

}  // namespace tessera::io

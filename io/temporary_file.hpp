#pragma once
// A file under a temporary name, ".name.tessera-part" in the folder of the file that it becomes. The name is
// deterministic: what a killed run left behind is found by the next. Whoever makes the file keeps it open and locked
// (flock) until it has its final name, so of two runs that want one target the second is refused at its start; the
// system drops the lock of a process that ends, however it ends.
//
// On a file system without locks the second run replaces the file; the first one sees that its name leads to another
// file, and fails before it renames anything.
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include <tessera/core/serialize.hpp>
#include <tessera/io/positioned_file.hpp>
#include <tessera/io/unfinished.hpp>

namespace tessera::io {

/// Where a file lies before it is complete; links are followed. Touches nothing.
std::string temporary_path(const std::string& path);
/// What the symbolic link `path` leads to, also where that is not there yet; `path` itself when it is no link. Empty: a
/// circle.
std::string followed(const std::string& path);

/// Which file it is, on every node that mounts it. Numbers of inodes are used again: the time of birth tells such files
/// apart where the file system keeps it (0: it does not).
struct FileMark {
  std::uint64_t inode = 0;
  std::int64_t born_ns = 0;
};

/// 0 in both where it can't be told.
FileMark mark_of(int number) noexcept;
/// Is what is open as `number` the one that `path` (from the folder `at` on) leads to, no link followed?
bool leads_to(int at, const char* path, int number) noexcept;
/// False when another open file has the lock. True also where the file system has no locks.
bool try_lock(int number) noexcept;

/// What any process needs to open a temporary file that another one made.
struct TemporaryName {
  std::string final_path, temporary_path;
  FileMark mark{};
};
void put_name(Writer& w, const TemporaryName& name);
TemporaryName get_name(Reader& r);
/// throws IoError when what is open as `number` is not what has been made under this name; `what` was to be done is
/// named then.
void expect_mark(const TemporaryName& name, int number, const char* what);
/// True when something is under the temporary name of `path`: an append may be under way, or was ended by force.
bool may_be_appended_to(const std::string& path);
/// Opens it to write. throws IoError when it is not that file any more.
std::shared_ptr<const PositionedFile> open_temporary(const TemporaryName& name, const char* what);

/// On the process that makes it.
class TemporaryFile {
 public:
  /// What it is for. A mark says that the target is being appended to: as long as it is there, what lies behind the
  /// target's end is explained. So it stays when the process is interrupted, and the next append takes it over: then it
  /// goes only after `claim`.
  enum class Use { content, mark };
  /// Takes the temporary name of `final_path`; what a run that is no more left there goes. mode: as of open(2).
  /// throws IoError: another run is writing this target, the folder is not writable.
  TemporaryFile(const std::string& final_path, mode_t mode, Use use = Use::content);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();  ///< removes the file unless it was renamed

  const TemporaryName& name() const { return name_; }
  const std::shared_ptr<const PositionedFile>& file() const { return file_; }
  int descriptor() const { return held_.number(); }
  /// Gives this very file its final name. replace: whatever may have it. throws IoError; UsageError when there is a
  /// file of this name and it is not to be replaced.
  void rename(bool replace);
  /// Gives it a name of its own, whatever may have it: it is not removed any more. throws IoError.
  void rename_to(const std::string& path);
  /// It stays where it is, or goes with the value after all.
  void leave() noexcept { stays_ = true; }
  void claim() noexcept { stays_ = false; }

 private:
  bool is_in_place() const noexcept;
  void expect_in_place() const;
  TemporaryName name_;
  Unfinished unfinished_;
  bool stays_;   // or has another name
  Opened held_;  // and locked
  std::shared_ptr<const PositionedFile> file_;
};

}  // namespace tessera::io

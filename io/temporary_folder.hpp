#pragma once
// A folder of files under a temporary name, as temporary_file.hpp has it for a file. Beside the folder that it becomes,
// in ".name.tessera-part", lie
//   lock  a file, locked by whoever makes the target until it has its name (network file systems lock no folders);
//   new   the folder that becomes the target;
//   old   what was replaced, where the file system can't exchange two names at once.
// A folder is replaced by exchanging the names of the two; what was there goes afterwards. Where that takes two steps,
// a run that is killed between them has left the old one in "old": the next run that wants the target puts it back.
#include <sys/types.h>

#include <optional>
#include <string>

#include <tessera/io/temporary_file.hpp>
#include <tessera/io/unfinished.hpp>

namespace tessera::io {

/// On the process that makes it.
class TemporaryFolder {
 public:
  /// Takes the temporary name of `final_path`; what a run that is no more left there goes. mode: of the folder "new",
  /// as of mkdir(2). throws IoError: another run is writing this target, the folder is not writable.
  TemporaryFolder(const std::string& final_path, mode_t mode);
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();  ///< removes all that lies under the temporary name: also what was replaced

  /// Of the folder "new".
  const TemporaryName& name() const { return name_; }
  int descriptor() const { return made_->number(); }
  /// Gives this very folder its final name. replace: the folder that may have it. throws IoError; UsageError when there
  /// is something of this name and it is not to be replaced.
  void rename(bool replace);

 private:
  int rename_over_old() noexcept;
  int rename_in_two_steps() noexcept;
  bool is_in_place() const noexcept;
  void remove_all() noexcept;

  std::string part_;  // ".name.tessera-part"
  TemporaryName name_;
  Unfinished unfinished_;
  struct Part {
    Opened folder, lock;
  };
  static Part take_part(const std::string& part, const std::string& final_path);
  Part held_;
  std::optional<Opened> made_;  // the folder "new"
};

}  // namespace tessera::io

#pragma once
// Opens the sources of a command as its options say: many files as one, raw files.
#include <set>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "options.hpp"

namespace tessera::command {

/// What one source turns out to be.
struct Understood {
  bool many = false;  ///< a glob or a list: files along --concat
  bool raw = false;   ///< without a header, as --raw-dtype and --raw-shape describe it
  std::vector<std::string> files;
  SourceOptions how;
};
/// Looks at the files, on one rank. name: by which options speak of the source, or "".
/// throws UsageError (many files without --concat, half a description of a raw file), IoError.
Understood understand(const std::string& source, const std::string& name, const SourceWishes& wishes);

/// Which of the wishes had a use.
class UsedWishes {
 public:
  explicit UsedWishes(const SourceWishes& wishes) : wishes_(wishes) {}
  void add(const std::string& source, const std::string& name, bool many, bool raw);
  /// throws UsageError when --concat or --raw-dtype was given and no source had a use for it: a typing error, perhaps
  /// in a name.
  void require_all() const;

 private:
  const SourceWishes& wishes_;
  std::vector<std::string> sources_;
  std::set<std::string> raw_names_;
  bool joined_ = false;
};

class Sources {
 public:
  Sources(const SourceWishes& wishes, Session& session) : wishes_(wishes), session_(session), used_(wishes) {}

  /// A glob or a list is many files along --concat; a file of no known format is raw, where --raw-dtype is given.
  /// Collective. throws UsageError, IoError.
  Array open(const std::string& source, const std::string& name);
  const UsedWishes& used() const { return used_; }
  /// Those that were opened; on rank 0 every file of a glob or a list.
  const std::vector<std::string>& names() const { return names_; }

 private:
  const SourceWishes& wishes_;
  Session& session_;
  UsedWishes used_;
  std::vector<std::string> names_;
};

}  // namespace tessera::command

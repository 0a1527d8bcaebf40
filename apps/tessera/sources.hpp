#pragma once
// Opens the sources of a command as its options say: many files as one, raw files.
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "options.hpp"

namespace tessera::command {

class Sources {
 public:
  Sources(const RunOptions& options, Session& session) : options_(options), session_(session) {}

  /// A glob or a list is many files along --concat; a file of no known format is raw, where --raw-dtype is given.
  /// Collective. throws UsageError, IoError.
  Array open(const std::string& source);
  /// throws UsageError when --concat or --raw-dtype was given and no source had a use for it: a typing error, perhaps
  /// in a name.
  void require_used() const;
  /// Those that were opened; on rank 0 every file of a glob or a list.
  const std::vector<std::string>& names() const { return names_; }

 private:
  const RunOptions& options_;
  Session& session_;
  std::vector<std::string> names_;
  bool joined_ = false, raw_ = false;
};

}  // namespace tessera::command

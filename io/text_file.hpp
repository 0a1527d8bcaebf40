#pragma once
// A text that is written from its beginning to its end, as safely as any other file (safe_file.hpp).
#include <memory>
#include <string>
#include <string_view>

#include <tessera/core/export.hpp>

namespace tessera {

/// On one process. Gone, if it is not committed.
class TESSERA_API TextFile {
 public:
  /// Replaces what has the name. throws IoError, UsageError (a directory, a device).
  explicit TextFile(const std::string& path);
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile();
  void append(std::string_view text);  ///< throws IoError
  void commit();                       ///< throws IoError

 private:
  void flush();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera

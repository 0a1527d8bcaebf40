#pragma once
// A file that grows in place: what is added is written behind its end by all processes, and counts from the moment when
// the bytes that say how much there is are changed (append_journal.hpp). The temporary name of the file is taken and
// locked meanwhile, so that no other run appends to it or replaces it. Until it is committed the file is as it was,
// but for bytes behind its end, which go with the value; those of a killed process stay there, beside an empty file under
// the temporary name by which they are known, and are cut off by the next append.
#include <memory>
#include <string>
#include <vector>

#include <tessera/io/append_journal.hpp>

namespace tessera::io {

/// On the one process that looks after it.
class AppendedFile {
 public:
  /// Completes what a killed append left. throws UsageError (one of the inputs, not a file), IoError (can't be written,
  /// another run is writing it, another program has it open to write).
  AppendedFile(const std::string& path, const std::vector<std::string>& inputs);
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  ~AppendedFile();

  /// Both names are the file's own.
  const TemporaryName& name() const { return name_; }
  /// As it was before.
  const FileKey& key() const { return key_; }
  /// To be read and written behind its end.
  const std::shared_ptr<const PositionedFile>& file() const { return file_; }
  /// Only the first `bytes` are the file's; what lies behind them was left by an append that was killed. Once; `file` is
  /// another handle then, of this length.
  void cut(std::int64_t bytes);
  /// When all of what is added is on the disk: changes what was there. Patches within one sector need no journal: they
  /// are made by one write. throws IoError; afterwards the file is as it was, or the message says that it is complete
  /// when it is opened next.
  void commit(const std::vector<Patch>& patches);

 private:
  TemporaryFile lock_;  // a mark; becomes the journal
  TemporaryName name_;
  std::shared_ptr<const PositionedFile> file_;
  FileKey key_;
  std::int64_t end_ = -1;
  bool committed_ = false;
};

}  // namespace tessera::io

#pragma once
// One file, read and written at offsets: the only place of io/ that calls pread, pwrite and fsync.
// Whole buffers, whatever the system does: interrupted calls are repeated, short ones continued, an end too early is an
// error.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <tessera/core/errors.hpp>
#include <tessera/io/descriptor.hpp>

namespace tessera::io {

/// How many reads of this thread the system has failed so far: by it an error that comes from the system is told from
/// damage, which is what a file says.
std::int64_t failed_reads() noexcept;

class PositionedFile {
 public:
  /// Opens to read. Handles of one unchanged file share one descriptor in this process, which may be closed and opened
  /// again between reads (descriptor.hpp).
  /// throws IoError (missing, a directory, not readable, not a plain file).
  static std::shared_ptr<const PositionedFile> open(const std::string& path);
  /// The same file as another process saw it, opened when it is read first: throws nothing now.
  static std::shared_ptr<const PositionedFile> open_later(const std::string& path, const FileKey& key);
  /// Takes what is open already. `name` is what errors call it.
  static std::shared_ptr<const PositionedFile> adopt(std::string name, Opened opened);
  /// Creates a file without a name beside `beside`, to read and write: it goes with its descriptor, also when the
  /// process is killed.
  static std::shared_ptr<const PositionedFile> create_nameless(const std::string& beside, const std::string& name);
  PositionedFile(const PositionedFile&) = delete;
  PositionedFile& operator=(const PositionedFile&) = delete;

  /// What errors call it: the path, or the final path of a file under a temporary name.
  const std::string& name() const { return name_; }
  /// As it was when the file was opened.
  const FileKey& key() const { return key_; }
  std::int64_t size() const { return key_.size; }

  /// throws IoError; "file is truncated" when it ends before offset + bytes.
  void read(std::int64_t offset, std::byte* to, std::int64_t bytes) const;
  void write(std::int64_t offset, const std::byte* from, std::int64_t bytes) const;
  /// Copies `bytes` at `from_offset` of another file to `offset`, through 256 KiB of scratch (slot 0).
  void copy_from(const PositionedFile& from, std::int64_t from_offset, std::int64_t offset, std::int64_t bytes) const;
  /// Asks the system to read ahead. Never fails, returns at once.
  void will_need(std::int64_t offset, std::int64_t bytes) const noexcept;
  /// Has the system begin to bring what was written to the disk, so that less is left for sync: whole pages of these
  /// bytes. Never fails; waits where the disk has more than enough to do.
  void begin_write_back(std::int64_t offset, std::int64_t bytes) const noexcept;
  /// Finds room for `bytes` on the disk now, where the file system can; a full disk shows here rather than hours later.
  void reserve(std::int64_t bytes) const;
  /// Sets the length; what is added reads as zeros.
  void resize(std::int64_t bytes) const;
  /// The same open file with its length of now.
  std::shared_ptr<const PositionedFile> again() const;
  /// Brings the file's data to the disk.
  void sync() const;
  /// Of a file that is read: throws IoError when it is not what it was when it was opened or described. Looks at no
  /// elements, and not at a file that this process never opened.
  void verify() const { descriptor_.verify(); }

 private:
  void write_back() const;
  PositionedFile(std::string name, Opened opened);
  PositionedFile(const std::string& path, const FileKey& key, Opened opened);
  static std::shared_ptr<const PositionedFile> already_open(const std::string& path);
  static std::shared_ptr<const PositionedFile> shared(const std::string& path, const FileKey& key, Opened opened);

  std::string name_;
  FileKey key_;
  Descriptor descriptor_;
};

/// Flushes an open folder. `name`: what errors call it. throws IoError.
void sync_descriptor(int number, const std::string& name);
/// Flushes a folder, so that a rename in it survives a crash. throws IoError.
void sync_folder(const std::string& folder);

}  // namespace tessera::io

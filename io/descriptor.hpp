#pragma once
// Descriptor: a file that the system has opened. Those of files that are read are few at a time, so that a thousand
// files as one array fit under any limit: when another one is needed, one that nobody uses and that was not used lately
// is closed (second chance: a clock over the open ones), and opened again at its next use. A descriptor in use is never
// closed; when all are in use, there are as many more as there are threads.
//
//   const Descriptor::Use use(descriptor);   // open until `use` goes
//   ::pread(use.number(), ...)
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tessera::io {

/// Which bytes a file holds, as far as that can be told without reading them.
struct FileKey {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size = 0;        ///< bytes
  std::int64_t changed_ns = 0;  ///< time of the last change of the data, nanoseconds; programs can set it
  std::int64_t touched_ns = 0;  ///< time of the last change of data, names or permissions; nobody can set it
  bool operator==(const FileKey&) const = default;
};

/// What open(2) gave, until somebody takes it; closed when nobody does. -1: nothing.
class Opened {
 public:
  explicit Opened(int number = -1) : number_(number) {}
  Opened(Opened&& o) noexcept : number_(o.take()) {}
  Opened& operator=(Opened&&) = delete;
  ~Opened();
  int number() const { return number_; }
  int take() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

class Descriptor {
 public:
  /// Takes what is open, which stays so as long as the value lives.
  explicit Descriptor(Opened opened) : users_(0), number_(opened.take()) {}
  /// Of the file `path` that is read, whose bytes are those of `key`; open already or not yet. `name`: what errors
  /// call it.
  Descriptor(const std::string& path, std::string name, const FileKey& key, Opened opened = Opened());
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  /// Keeps it open. Thread-safe. throws IoError: can't be opened again, or is not the file that it was.
  class Use {
   public:
    explicit Use(const Descriptor& d) : descriptor_(d), number_(d.acquire()) {}
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() { descriptor_.users_.fetch_sub(1, std::memory_order_release); }
    int number() const { return number_; }

   private:
    const Descriptor& descriptor_;
    int number_;
  };

  /// Of a file that is read: throws IoError when it is not what it was. Nothing when it was never open here.
  void verify() const;

  /// How many files that are read may be open: 128, or a quarter of what the system allows when that is less.
  static std::size_t most_open();
  /// How many of them are.
  static std::size_t open_now();

 private:
  friend struct OpenDescriptors;
  int acquire() const;
  int open_again() const;

  std::string path_, name_;  // path_: absolute; empty: never closed
  FileKey key_;
  mutable std::atomic<int> users_;  // -1: closed. From and to -1 under the lock of the open ones alone
  mutable std::atomic<bool> recent_{true}, opened_{false};
  mutable int number_;
};

/// The same bytes? Device numbers are left out: nodes may mount one file system under different ones.
bool same_bytes(const FileKey& a, const FileKey& b);
/// This program has put a copy with more in it in the place of the file `key`, which was left as it was. Who has it
/// open may go on reading.
void expect_replaced(const FileKey& key);
/// This program writes behind the end of the file `key`, whose bytes stay as they are for whoever has it open, as long
/// as the value lives.
std::shared_ptr<const void> expect_growth(const FileKey& key);
/// "the file changed ...": for IoError.
std::string changed_message(const std::string& name, const FileKey& then, const FileKey& now);

/// open(2) with O_CLOEXEC; makes room among the descriptors when there is none left. throws IoError naming `path`.
int open_descriptor(const std::string& path, int flags);
/// After EMFILE: raises the soft limit, or closes a descriptor of Descriptor's. False when nothing helps.
bool make_room();
/// Of a plain file by its name; nothing where there is none.
std::optional<FileKey> key_at(const std::string& path);
/// Of an open plain file, as its server knows it now. throws IoError when it is something else.
FileKey key_of(int number, const std::string& name);
/// "No space left on device" for ENOSPC: the system's words for an error number.
std::string system_message(int error);

}  // namespace tessera::io

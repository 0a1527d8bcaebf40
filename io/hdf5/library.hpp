#pragma once
// Calling the HDF5 library: one lock for the process (a serial or parallel build need not be thread-safe), handles that
// close themselves, its error stack kept off the terminal and turned into IoError. Private to io/hdf5.
#define H5_USE_110_API  // later versions of the library map the calls to these
#include <hdf5.h>

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <tessera/core/errors.hpp>
#include <tessera/io/positioned_file.hpp>

namespace tessera::io::hdf5 {

class Pending;

/// Whoever calls the library, or lets an Id die, holds a Lock.
class Lock {
 public:
  Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  H5E_auto2_t print_ = nullptr;  // the host program's, put back at the end
  void* print_data_ = nullptr;
};

/// A handle of the library.
class Id {
 public:
  using Close = herr_t (*)(hid_t);
  Id() = default;
  Id(hid_t id, Close closer) : id_(id), close_(closer) {}
  Id(Id&& o) noexcept : id_(std::exchange(o.id_, -1)), close_(o.close_) {}
  Id& operator=(Id&& o) noexcept {
    std::swap(id_, o.id_);
    std::swap(close_, o.close_);
    return *this;
  }
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  /// Closes it now. throws IoError beginning with `what` when that fails.
  void close(const std::string& what);
  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// The library's reason for its last failure; empty when that succeeded.
std::string last_reason();
/// Throws the library's reason for its last failure ("truncated file: eof = 96, ..."), or what the driver threw. Clears
/// it.
[[noreturn]] void fail(const std::string& what);
/// `id` in a handle. throws IoError beginning with `what` when the call that gave it failed.
Id own(hid_t id, Id::Close close, const std::string& what);
inline void check(herr_t status, const std::string& what) {
  if (status < 0) fail(what);
}

/// Throws what the driver threw since the lock was taken: a failed read where the library went on without what it
/// wanted.
void check_driver();

/// Opens a file with our own driver, which reads through `file`, takes no file locks, and can open no other file.
Id open_file(const std::shared_ptr<const PositionedFile>& file);
/// The same, to change it. What fails is kept by the driver: see check_driver. `pending`: where metadata that are
/// written stay; null: in the file. gap: bytes behind the end that stay unused, so that no block ends there (the library
/// takes a block at the end off the file when it is freed, and gives its place to the next).
Id open_file_to_change(const std::shared_ptr<const PositionedFile>& file, const std::shared_ptr<Pending>& pending = {},
                       std::int64_t gap = 0);
/// Of links and attributes, wherever we make some: NetCDF changes no file without it.
inline constexpr unsigned creation_order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
/// Makes the file `file` (open to write, empty) an HDF5 file of the 1.10 format with alignment for large pieces.
Id create_file(const std::shared_ptr<const PositionedFile>& file);

/// Where the library would read raw data from: what it asked its driver for while the probe lived, in place of a read.
struct Probe {
  Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe();
  bool asked = false;
  std::int64_t offset = 0;  ///< in the file, user block included
  std::int64_t bytes = 0;
};

/// Where the library would write raw data to: what it asked its driver for while the recorder lived, in place of a
/// write.
struct Recorder {
  Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder();
  bool asked = false;
  std::int64_t offset = 0;  ///< in the file, user block included
  std::int64_t bytes = 0;
};

}  // namespace tessera::io::hdf5

#include <tessera/io/hdf5/library.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include <tessera/io/hdf5/driver.hpp>

namespace tessera::io::hdf5 {
namespace {

std::recursive_mutex& library_mutex() {
  static auto* mutex = new std::recursive_mutex;  // outlives every Store
  return *mutex;
}

// A call of the library has failed: what it holds of the file may be half a structure.
bool doubtful = false;

// The library's own exit handler closes what is open, and crashes over files of ours that it could only half read.
// Files that the host program has open get what is theirs all the same.
void close_library() {
  if (!doubtful) return void(H5close());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const ssize_t open = H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_FILE);
  if (open <= 0) return;
  std::vector<hid_t> files(static_cast<std::size_t>(open));
  if (H5Fget_obj_ids(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_FILE, files.size(), files.data()) < 0) return;
  for (const hid_t file : files)
    if (!is_own_file(file)) H5Fflush(file, H5F_SCOPE_GLOBAL);
}

// Only before the library was used at all, else its handler stands already.
bool take_exit_over() { return H5dont_atexit() >= 0 && std::atexit(close_library) == 0; }

herr_t innermost(unsigned n, const H5E_error2_t* e, void* data) {
  auto& reason = *static_cast<std::string*>(data);
  if (n == 0 && e->desc) reason = e->desc;
  return 0;
}

}  // namespace

Lock::Lock() : lock_(library_mutex()) {
  static const bool own_exit = take_exit_over();
  static_cast<void>(own_exit);
  begin_reads();
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  driver_error();
}

Lock::~Lock() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }

void check_driver() {
  if (auto thrown = driver_error()) std::rethrow_exception(thrown);
}

std::string last_reason() {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &reason);
  return reason;
}

void fail(const std::string& what) {
  doubtful = true;
  const std::string reason = last_reason();
  H5Eclear2(H5E_DEFAULT);
  check_driver();
  if (reason.starts_with("truncated file"))
    throw IoError(fmt::format("{}: file is truncated or was not closed by its writer (HDF5: {})", what, reason));
  throw IoError(fmt::format("{} (HDF5: {})", what, reason.empty() ? "no reason given" : reason));
}

void Id::close(const std::string& what) {
  const hid_t id = std::exchange(id_, -1);
  if (id >= 0 && close_(id) < 0) fail(what);
}

Id own(hid_t id, Id::Close close, const std::string& what) {
  if (id < 0) fail(what);
  return Id(id, close);
}

}  // namespace tessera::io::hdf5

#include <tessera/io/hdf5/library.hpp>

#include <fmt/format.h>

#include <tessera/io/hdf5/driver.hpp>

namespace tessera::io::hdf5 {
namespace {

std::recursive_mutex& library_mutex() {
  static auto* mutex = new std::recursive_mutex;  // outlives every Store
  return *mutex;
}

herr_t innermost(unsigned n, const H5E_error2_t* e, void* data) {
  auto& reason = *static_cast<std::string*>(data);
  if (n == 0 && e->desc) reason = e->desc;
  return 0;
}

}  // namespace

Lock::Lock() : lock_(library_mutex()) {
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

#pragma once
// Where the dimension scales lie that datasets refer to by address. H5Iget_name searches the file from its first link
// for each reference: 18 s for the 2000 variables of one file, and for ever, until the stack is full, where links form
// a ring. Private to io/hdf5; the caller holds the lock.
#include <map>
#include <string>
#include <vector>

#include <tessera/io/hdf5/library.hpp>
#include <tessera/io/hdf5/walk.hpp>

namespace tessera::io::hdf5 {

class ScalePaths {
 public:
  /// For one dataset: looks where scales usually are, under the name that they carry, and then through the file.
  explicit ScalePaths(hid_t file) : file_(file) {}
  /// For all datasets of a file that was walked through.
  ScalePaths(hid_t file, const std::vector<Found>& walked);
  /// The path of `scale`, whose header is at `address`; `dataset`: the path of one that refers to it. "" when no link
  /// leads to it.
  std::string of(hid_t scale, haddr_t address, const std::string& dataset);

 private:
  void know(const std::vector<Found>& walked);
  std::string near(hid_t scale, haddr_t address, std::string group) const;

  hid_t file_;
  bool complete_ = false;
  std::map<haddr_t, std::string> known_;
};

/// By what path `object` was opened. Not of one that was opened by a reference: the library would search the whole
/// file.
std::string path_of(hid_t object);

}  // namespace tessera::io::hdf5

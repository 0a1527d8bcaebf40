#pragma once
// Lengths of unlimited dimensions. NetCDF lets a variable have fewer records in the file than its dimension: the length
// is that of the longest variable along it, and what the others lack is read as fill values. Private to io/hdf5; the
// caller holds the lock.
//
//   time unlimited; a(time) of 5 records, b(time) of 3    both have length 5
#include <map>
#include <vector>

#include <tessera/core/shape.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// Of one file; every dimension is looked at once.
class DimensionLengths {
 public:
  explicit DimensionLengths(hid_t file) : file_(file) {}
  /// The shape of the variable `dataset`, of which `stored` is in the file. throws IoError (damaged).
  Shape shape_of(hid_t dataset, const Shape& stored);
  /// The length of the dimension that the 1-d `scale` stands for.
  std::int64_t of(hid_t scale);

 private:
  std::int64_t longest(hid_t scale) const;

  hid_t file_;
  std::map<haddr_t, std::int64_t> known_;  // by the address of the scale
};

}  // namespace tessera::io::hdf5

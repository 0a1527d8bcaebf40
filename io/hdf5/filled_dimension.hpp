#pragma once
// A dimension without values gets them: a coordinate y(y) is added to a file that has the dimension y. In HDF5 both are
// one dataset, the dimension scale. So the new dataset takes the place of the old one, and what lies along the
// dimension refers to it from then on. Private to io/hdf5; the caller holds the lock.
#include <optional>
#include <string>
#include <vector>

#include <tessera/io/hdf5/dimensions.hpp>

namespace tessera::io::hdf5 {

class FilledDimension {
 public:
  /// The dimension that `coordinate`, a new dataset, gives its values; nothing when there is none of that name and
  /// length. Of a file as it was opened. throws IoError beginning with `name`.
  static std::optional<FilledDimension> find(hid_t file, const std::string& name, const Dimensioned& coordinate);
  /// Before the coordinate is created: its name is free then.
  void make_way(hid_t file) const;
  /// Afterwards: it is the dimension now.
  void take_place(hid_t file) const;

 private:
  /// A dataset along the dimension: its scales, axis by axis.
  struct User {
    hobj_ref_t dataset = 0;
    std::vector<std::vector<hobj_ref_t>> scales{};
  };
  std::string path_, what_;
  hobj_ref_t old_ = 0;
  std::vector<ScaleUse> uses_{};
  std::vector<User> users_{};
  std::optional<int> number_{};
};

}  // namespace tessera::io::hdf5

// Dimensions that a file has before datasets are added to it.
#include <tessera/io/hdf5/dimension_lengths.hpp>
#include <tessera/io/hdf5/dimensions.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/io/hdf5/attributes.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/hdf5/header_check.hpp>
#include <tessera/io/hdf5/netcdf_layout.hpp>
#include <tessera/io/hdf5/walk.hpp>

namespace tessera::io {
namespace hdf5 {
namespace {

DimensionThere look(hid_t file, const std::string& name, const std::string& dimension) {
  using Kind = DimensionThere::Kind;
  const std::string path = "/" + dimension;
  H5L_info_t link;
  if (H5Lexists(file, path.c_str(), H5P_DEFAULT) <= 0) return {};
  if (H5Lget_info(file, path.c_str(), &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) return {Kind::other, 0};
  check_header(file, link.u.address, name + ":" + path);
  const Id object(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object || H5Iget_type(object.get()) != H5I_DATASET || !is_scale(object.get())) return {Kind::other, 0};
  const Id space(H5Dget_space(object.get()), H5Sclose);
  if (!space || H5Sget_simple_extent_ndims(space.get()) != 1) return {Kind::other, 0};
  hsize_t now = 0, most = 0;
  check(H5Sget_simple_extent_dims(space.get(), &now, &most), name + ": reading the length of a dimension");
  return {is_bare_dimension(object.get()) ? Kind::bare : Kind::coordinate, DimensionLengths(file).of(object.get()),
          most == H5S_UNLIMITED};
}

}  // namespace

int next_netcdf_number(hid_t file, const std::string& name) {
  int scales = 0, most = -1;
  for (const auto& found : walk(file, name, most_datasets)) {
    if (found.kind == Found::Kind::broken) throw IoError(fmt::format("{}:{}: {}", name, found.path, found.detail));
    if (!found.scale) continue;
    scales++;
    const Id scale(H5Dopen2(file, found.link.c_str(), H5P_DEFAULT), H5Dclose);
    const auto number = scale ? read_numbers(scale.get(), netcdf_number, 1) : std::vector<int>();
    if (!number.empty()) most = std::max(most, number[0]);
  }
  if (most < 0 || most > 1 << 30) return -1;
  return std::max(most + 1, scales);
}

}  // namespace hdf5

DimensionThere find_hdf5_dimension(const std::shared_ptr<const PositionedFile>& file, const std::string& name) {
  const hdf5::Lock lock;
  const hdf5::Id opened = hdf5::open_file(file);
  DimensionThere found = hdf5::look(opened.get(), file->name(), name);
  found.classic = hdf5::is_classic(opened.get());
  hdf5::check_driver();
  return found;
}

}  // namespace tessera::io

// NetCDF's numbers of dimensions.
#include <algorithm>
#include <array>
#include <map>

#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/header_check.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr hsize_t most_group_links = 100000;

// The names of the scales in a group, by their numbers; those that are known already stay.
void add_names(hid_t file, const std::string& group, std::map<int, std::string>& names) {
  const Id opened(H5Gopen2(file, group.c_str(), H5P_DEFAULT), H5Gclose);
  H5G_info_t info;
  if (!opened || H5Gget_info(opened.get(), &info) < 0) return;
  for (hsize_t i = 0; i < std::min(info.nlinks, most_group_links); i++) {
    std::array<char, 1024> name{};
    H5L_info_t link;
    if (H5Lget_name_by_idx(opened.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT) <
            0 ||
        H5Lget_info(opened.get(), name.data(), &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
      continue;
    check_header(file, link.u.address, "reading the names of the dimensions");
    const Id object(H5Oopen(opened.get(), name.data(), H5P_DEFAULT), H5Oclose);
    if (!object || H5Iget_type(object.get()) != H5I_DATASET || !is_scale(object.get())) continue;
    const auto number = read_numbers(object.get(), netcdf_number, 1);
    if (!number.empty()) names.emplace(number[0], name.data());
  }
}

}  // namespace

std::vector<int> read_numbers(hid_t object, const char* name, std::size_t n) {
  if (H5Aexists(object, name) <= 0) return {};
  const Id attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  const Id space(attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose),
      type(attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose);
  if (!space || !type || H5Tget_class(type.get()) != H5T_INTEGER ||
      H5Sget_simple_extent_npoints(space.get()) != static_cast<hssize_t>(n))
    return {};
  std::vector<int> numbers(n);
  if (H5Aread(attribute.get(), H5T_NATIVE_INT, numbers.data()) < 0) return {};
  return numbers;
}

std::vector<std::string> names_by_number(hid_t file, const std::string& path, hid_t dataset, int rank) {
  const auto numbers = read_numbers(dataset, "_Netcdf4Coordinates", static_cast<std::size_t>(rank));
  if (numbers.empty()) return {};
  std::map<int, std::string> names;
  for (std::string group = path; !group.empty();) {  // a dimension is seen in all groups below its own
    group.erase(group.find_last_of('/'));
    add_names(file, group.empty() ? "/" : group, names);
  }
  std::vector<std::string> found;
  for (const int n : numbers) found.push_back(names.contains(n) ? names[n] : std::string());
  return found;
}

}  // namespace tessera::io::hdf5

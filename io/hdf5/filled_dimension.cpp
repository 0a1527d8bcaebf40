#include <tessera/io/hdf5/filled_dimension.hpp>

#include <algorithm>
#include <cstring>
#include <set>

#include <tessera/io/hdf5/dimension_lengths.hpp>
#include <tessera/io/hdf5/header_check.hpp>
#include <tessera/io/hdf5/lists.hpp>

namespace tessera::io::hdf5 {
namespace {

// The old scale's name until nothing refers to it any more.
std::string name_aside(const std::string& path) { return path + ".tessera-before"; }

hobj_ref_t reference_to(hid_t file, const std::string& path, const std::string& what) {
  hobj_ref_t reference = 0;
  check(H5Rcreate(&reference, file, path.c_str(), H5R_OBJECT, -1), what);
  return reference;
}

std::vector<std::vector<hobj_ref_t>> lists_of(hid_t dataset, const std::string& what) {
  const Id attribute = own(H5Aopen(dataset, "DIMENSION_LIST", H5P_DEFAULT), H5Aclose, what);
  const Id space = own(H5Aget_space(attribute.get()), H5Sclose, what);
  const hssize_t n = H5Sget_simple_extent_npoints(space.get());
  const auto bytes = read_lists(attribute.get(), static_cast<std::size_t>(n), sizeof(hobj_ref_t), what);
  std::vector<std::vector<hobj_ref_t>> lists;
  for (std::size_t i = 0; bytes && i < bytes->size(); i++) {
    lists.emplace_back((*bytes)[i].size() / sizeof(hobj_ref_t));
    std::memcpy(lists.back().data(), (*bytes)[i].data(), lists.back().size() * sizeof(hobj_ref_t));
  }
  return lists;
}

}  // namespace

std::optional<FilledDimension> FilledDimension::find(hid_t file, const std::string& name,
                                                     const Dimensioned& coordinate) {
  const std::string& path = coordinate.path;
  const std::string own_name = path.substr(path.rfind('/') + 1);
  if (coordinate.shape.size() != 1 || !(coordinate.names.empty() || coordinate.names[0] == own_name)) return {};
  H5L_info_t link;
  if (H5Lexists(file, path.c_str(), H5P_DEFAULT) <= 0 || H5Lget_info(file, path.c_str(), &link, H5P_DEFAULT) < 0 ||
      link.type != H5L_TYPE_HARD)
    return {};
  FilledDimension d;
  d.path_ = path;
  d.what_ = name + ": giving values to the dimension " + path;
  check_header(file, link.u.address, d.what_);
  const Id scale(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
  if (!scale || H5Iget_type(scale.get()) != H5I_DATASET || !is_bare_dimension(scale.get()) ||
      DimensionLengths(file).of(scale.get()) != coordinate.shape[0])
    return {};
  d.old_ = reference_to(file, path, d.what_);
  d.uses_ = uses_of(scale.get(), d.what_);
  if (const auto number = read_numbers(scale.get(), netcdf_number, 1); !number.empty()) d.number_ = number[0];
  std::set<hobj_ref_t> seen;
  for (const ScaleUse& use : d.uses_) {
    if (!seen.insert(use.dataset).second) continue;
    check_header(file, use.dataset, d.what_);
    const Id dataset = own(H5Rdereference2(file, H5P_DEFAULT, H5R_OBJECT, &use.dataset), H5Oclose, d.what_);
    if (H5Aexists(dataset.get(), "DIMENSION_LIST") > 0)
      d.users_.push_back({use.dataset, lists_of(dataset.get(), d.what_)});
  }
  return d;
}

void FilledDimension::make_way(hid_t file) const {
  check(H5Lmove(file, path_.c_str(), file, name_aside(path_).c_str(), H5P_DEFAULT, H5P_DEFAULT), what_);
}

void FilledDimension::take_place(hid_t file) const {
  const Id scale = own(H5Dopen2(file, path_.c_str(), H5P_DEFAULT), H5Dclose, what_);
  make_scale(scale.get(), what_, path_.substr(path_.rfind('/') + 1));
  if (number_) write_number(scale.get(), what_, *number_);
  const hobj_ref_t mine = reference_to(file, path_, what_);
  for (const User& user : users_) {
    auto scales = user.scales;
    for (auto& list : scales) std::replace(list.begin(), list.end(), old_, mine);
    const Id dataset = own(H5Rdereference2(file, H5P_DEFAULT, H5R_OBJECT, &user.dataset), H5Oclose, what_);
    write_references(dataset.get(), what_, scales);
  }
  if (!uses_.empty()) write_uses(scale.get(), what_, uses_);
  check(H5Ldelete(file, name_aside(path_).c_str(), H5P_DEFAULT), what_);
}

}  // namespace tessera::io::hdf5

#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/header_check.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <string_view>

#include <tessera/io/hdf5/attributes.hpp>
#include <tessera/io/hdf5/lists.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr std::string_view bare = "This is a netCDF dimension but not a netCDF variable.";

std::string last_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// -1: of what is no dataset.
int rank_of(hid_t object) {
  const Id space(H5Iget_type(object) == H5I_DATASET ? H5Dget_space(object) : -1, H5Sclose);
  return space ? H5Sget_simple_extent_ndims(space.get()) : -1;
}

// The first scale of each axis counts.
Dimensions attached(hid_t file, hid_t dataset, int rank, ScalePaths& paths) {
  Dimensions found;
  const std::string where = path_of(dataset);
  for (hobj_ref_t reference : scales_of(dataset, rank)) {
    if (reference) check_header(file, reference, "reading the names of the dimensions");
    const Id scale(reference ? H5Rdereference2(file, H5P_DEFAULT, H5R_OBJECT, &reference) : -1, H5Oclose);
    const std::string path = scale ? paths.of(scale.get(), reference, where) : std::string();
    found.names.push_back(last_name(path));
    // A variable of more axes can have the name of its first one, as NetCDF sees it; it is no coordinate.
    const bool has_values = scale && rank_of(scale.get()) == 1 && !is_bare_dimension(scale.get());
    found.coordinates.push_back(has_values ? path : std::string());
  }
  return found;
}

// Fixed-length ASCII, as the library's own H5DSset_scale writes it.
void write_fixed(hid_t object, const std::string& what, const char* attribute, std::string_view text) {
  const Id type = own(H5Tcopy(H5T_C_S1), H5Tclose, what);
  check(H5Tset_size(type.get(), text.size() + 1), what);
  const Id space = own(H5Screate(H5S_SCALAR), H5Sclose, what);
  const Id a = own(H5Acreate2(object, attribute, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
  check(H5Awrite(a.get(), type.get(), std::string(text).c_str()), what);
}

Id use_type(const std::string& what) {
  Id type = own(H5Tcreate(H5T_COMPOUND, sizeof(ScaleUse)), H5Tclose, what);
  check(H5Tinsert(type.get(), "dataset", HOFFSET(ScaleUse, dataset), H5T_STD_REF_OBJ), what);
  check(H5Tinsert(type.get(), "dimension", HOFFSET(ScaleUse, axis), H5T_NATIVE_UINT), what);
  return type;
}

void create_bare_dimension(hid_t file, const std::string& what, const std::string& path, std::int64_t length,
                           bool grows) {
  const auto extent = static_cast<hsize_t>(length);
  const hsize_t most = grows ? H5S_UNLIMITED : extent, chunk = 1024;
  const Id space = own(H5Screate_simple(1, &extent, &most), H5Sclose, what);
  const Id properties = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, what);
  check(H5Pset_obj_track_times(properties.get(), false), what);  // never written: takes no room
  check(H5Pset_attr_creation_order(properties.get(), creation_order), what);
  if (grows) check(H5Pset_chunk(properties.get(), 1, &chunk), what);
  const Id scale =
      own(H5Dcreate2(file, path.c_str(), H5T_IEEE_F32BE, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
          H5Dclose, what);
  write_fixed(scale.get(), what, "CLASS", "DIMENSION_SCALE");
  write_fixed(scale.get(), what, "NAME", fmt::format("{}{:10}", bare, length));
}

// A scale that a file holds already, of this length.
bool is_scale_of(hid_t file, const std::string& path, std::int64_t length) {
  if (H5Lexists(file, path.c_str(), H5P_DEFAULT) <= 0) return false;
  const Id object(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object || H5Iget_type(object.get()) != H5I_DATASET || !is_scale(object.get())) return false;
  const Id space(H5Dget_space(object.get()), H5Sclose);
  return space && H5Sget_simple_extent_ndims(space.get()) == 1 &&
         H5Sget_simple_extent_npoints(space.get()) == static_cast<hssize_t>(length);
}

// The lengths of the names that can be scales.
std::map<std::string, std::int64_t> usable_names(hid_t file, const std::vector<Dimensioned>& datasets) {
  std::map<std::string, std::int64_t> lengths;
  std::set<std::string> unusable;
  for (const auto& d : datasets)
    for (std::size_t i = 0; i < d.names.size(); i++) {
      const auto& n = d.names[i];
      const bool same = lengths.emplace(n, d.shape[i]).first->second == d.shape[i];
      if (!same || n.empty() || n == "." || n.find('/') != std::string::npos) unusable.insert(n);
    }
  for (auto it = lengths.begin(); it != lengths.end();) {
    const std::string path = "/" + it->first;
    const auto holder = std::find_if(datasets.begin(), datasets.end(), [&](const auto& d) { return d.path == path; });
    if (!unusable.contains(it->first) && holder == datasets.end() && is_scale_of(file, path, it->second)) {
      ++it;
      continue;
    }
    const bool taken = !unusable.contains(it->first) && H5Lexists(file, path.c_str(), H5P_DEFAULT) > 0;
    const bool coordinate = holder != datasets.end() && holder->shape.size() == 1 && holder->shape[0] == it->second &&
                            (holder->names.empty() || holder->names[0] == it->first);
    if (unusable.contains(it->first) || (taken && !coordinate))
      it = lengths.erase(it);
    else
      ++it;
  }
  return lengths;
}

}  // namespace

void make_scale(hid_t dataset, const std::string& what, const std::string& dimension) {
  write_fixed(dataset, what, "CLASS", "DIMENSION_SCALE");
  write_fixed(dataset, what, "NAME", dimension);
}

void write_number(hid_t scale, const std::string& what, int number) {
  const Id space = own(H5Screate(H5S_SCALAR), H5Sclose, what);
  const Id a =
      own(H5Acreate2(scale, netcdf_number, H5T_STD_I32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
  check(H5Awrite(a.get(), H5T_NATIVE_INT, &number), what);
}

void write_uses(hid_t scale, const std::string& what, std::vector<ScaleUse> uses) {
  const Id type = use_type(what);
  const auto before = uses_of(scale, what);  // of datasets that were there before
  uses.insert(uses.begin(), before.begin(), before.end());
  if (H5Aexists(scale, "REFERENCE_LIST") > 0) check(H5Adelete(scale, "REFERENCE_LIST"), what);
  const hsize_t n = uses.size();
  const Id space = own(H5Screate_simple(1, &n, nullptr), H5Sclose, what);
  const Id a =
      own(H5Acreate2(scale, "REFERENCE_LIST", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
  check(H5Awrite(a.get(), type.get(), uses.data()), what);
}

void write_references(hid_t dataset, const std::string& what, std::vector<std::vector<hobj_ref_t>>& scales) {
  const Id type = own(H5Tvlen_create(H5T_STD_REF_OBJ), H5Tclose, what);
  std::vector<hvl_t> lists;
  for (auto& s : scales) lists.push_back({s.size(), s.data()});
  const hsize_t n = lists.size();
  const Id space = own(H5Screate_simple(1, &n, nullptr), H5Sclose, what);
  if (H5Aexists(dataset, "DIMENSION_LIST") > 0) check(H5Adelete(dataset, "DIMENSION_LIST"), what);
  const Id a =
      own(H5Acreate2(dataset, "DIMENSION_LIST", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
  check(H5Awrite(a.get(), type.get(), lists.data()), what);
}

bool is_scale(hid_t dataset) { return read_text(dataset, "CLASS") == "DIMENSION_SCALE"; }

bool is_bare_dimension(hid_t dataset) { return is_scale(dataset) && read_text(dataset, "NAME").starts_with(bare); }

std::vector<hobj_ref_t> scales_of(hid_t dataset, int rank) {
  if (H5Aexists(dataset, "DIMENSION_LIST") <= 0) return {};
  const Id attribute(H5Aopen(dataset, "DIMENSION_LIST", H5P_DEFAULT), H5Aclose);
  const Id type(attribute ? H5Aget_type(attribute.get()) : -1, H5Tclose),
      space(attribute ? H5Aget_space(attribute.get()) : -1, H5Sclose);
  if (!type || !space || H5Tget_class(type.get()) != H5T_VLEN || H5Sget_simple_extent_npoints(space.get()) != rank)
    return {};
  const Id element(H5Tget_super(type.get()), H5Tclose);
  if (!element || H5Tequal(element.get(), H5T_STD_REF_OBJ) <= 0) return {};
  const std::string what = "reading the names of the dimensions";
  std::optional<std::vector<std::string>> lists;
  try {
    lists = read_lists(attribute.get(), static_cast<std::size_t>(rank), sizeof(hobj_ref_t), what);
  } catch (const TooLarge&) {
    throw IoError(what + ": damaged: more dimensions than an axis can have");
  }
  if (!lists) return {};
  std::vector<hobj_ref_t> scales;
  for (const auto& list : *lists) {
    hobj_ref_t& reference = scales.emplace_back(0);
    if (list.size() >= sizeof reference) std::memcpy(&reference, list.data(), sizeof reference);
  }
  return scales;
}

std::vector<ScaleUse> uses_of(hid_t scale, const std::string& what) {
  if (H5Aexists(scale, "REFERENCE_LIST") <= 0) return {};
  const Id list = own(H5Aopen(scale, "REFERENCE_LIST", H5P_DEFAULT), H5Aclose, what);
  const Id held = own(H5Aget_space(list.get()), H5Sclose, what), stored = own(H5Aget_type(list.get()), H5Tclose, what);
  const hssize_t n = H5Sget_simple_extent_npoints(held.get());
  if (H5Tget_class(stored.get()) != H5T_COMPOUND || n < 1 || n > 1 << 20) return {};
  const Id type = use_type(what);
  std::vector<ScaleUse> uses(static_cast<std::size_t>(n));
  check(H5Aread(list.get(), type.get(), uses.data()), what);
  return uses;
}

Dimensions read_dimensions(hid_t file, hid_t dataset, int rank, ScalePaths& paths) {
  if (rank == 0) return {};
  Dimensions d = attached(file, dataset, rank, paths);
  const auto labels = read_texts(dataset, "DIMENSION_LABELS", static_cast<std::size_t>(rank));
  if (d.names.empty()) d.names = labels;
  for (std::size_t i = 0; i < d.names.size() && i < labels.size(); i++)
    if (d.names[i].empty()) d.names[i] = labels[i];
  if (d.names.empty() && rank == 1 && is_scale(dataset))
    d.names.push_back(last_name(path_of(dataset)));  // a coordinate is its own dimension
  if (d.names.empty() && rank > 1 && is_scale(dataset))
    d.names = names_by_number(file, path_of(dataset), dataset, rank);
  if (std::all_of(d.names.begin(), d.names.end(), [](const auto& s) { return s.empty(); })) return {};
  d.coordinates.resize(d.names.size());
  return d;
}

void write_dimensions(hid_t file, const std::string& name, const std::vector<Dimensioned>& datasets, int number) {
  const std::string what = name + ": naming the dimensions";
  const auto usable = usable_names(file, datasets);
  std::map<std::string, std::vector<ScaleUse>> references;
  std::set<std::string> growing;
  for (const auto& d : datasets)
    for (std::size_t i = 0; i < d.names.size(); i++)
      if (d.unlimited >> i & 1u) growing.insert(d.names[i]);
  for (const auto& d : datasets) {
    if (d.names.empty()) continue;
    const bool is_coordinate = d.shape.size() == 1 && d.path == "/" + d.names[0] && usable.contains(d.names[0]);
    if (is_coordinate) {
      references[d.names[0]];
      continue;
    }
    if (std::all_of(d.names.begin(), d.names.end(), [&](const auto& n) { return usable.contains(n); })) {
      for (std::size_t i = 0; i < d.names.size(); i++) {
        ScaleUse r{0, static_cast<unsigned>(i)};
        check(H5Rcreate(&r.dataset, file, d.path.c_str(), H5R_OBJECT, -1), what);
        references[d.names[i]].push_back(r);
      }
    } else {
      const Id dataset = own(H5Dopen2(file, d.path.c_str(), H5P_DEFAULT), H5Dclose, what);
      write_texts(dataset.get(), what, "DIMENSION_LABELS", d.names);
    }
  }
  for (const auto& [dimension, back] : references) {
    const std::string path = "/" + dimension;
    const bool there = H5Lexists(file, path.c_str(), H5P_DEFAULT) > 0;
    if (!there) create_bare_dimension(file, what, path, usable.at(dimension), growing.contains(dimension));
    const Id scale = own(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose, what);
    if (there && !is_scale(scale.get())) make_scale(scale.get(), what, dimension);
    if (number >= 0 && H5Aexists(scale.get(), netcdf_number) <= 0) write_number(scale.get(), what, number++);
    if (!back.empty()) write_uses(scale.get(), what, back);
  }
  for (const auto& d : datasets) {
    if (d.names.empty() ||
        !std::all_of(d.names.begin(), d.names.end(), [&](const auto& n) { return usable.contains(n); }))
      continue;
    if (d.shape.size() == 1 && d.path == "/" + d.names[0]) continue;
    std::vector<std::vector<hobj_ref_t>> scales(d.names.size(), {hobj_ref_t{}});
    for (std::size_t i = 0; i < scales.size(); i++)
      check(H5Rcreate(&scales[i][0], file, ("/" + d.names[i]).c_str(), H5R_OBJECT, -1), what);
    const Id dataset = own(H5Dopen2(file, d.path.c_str(), H5P_DEFAULT), H5Dclose, what);
    write_references(dataset.get(), what, scales);
  }
}

}  // namespace tessera::io::hdf5

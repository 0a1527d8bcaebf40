#pragma once
// Names of dimensions. NetCDF-4 and xarray know them as dimension scales: 1-d datasets (CLASS = DIMENSION_SCALE) that
// an array refers to, axis by axis (DIMENSION_LIST), and that refer back (REFERENCE_LIST). A scale with values is a
// coordinate; one that only stands for a length says so in its NAME. Private to io/hdf5; the caller holds the lock.
#include <string>
#include <vector>

#include <tessera/io/hdf5/library.hpp>
#include <tessera/io/hdf5/scale_paths.hpp>

namespace tessera::io::hdf5 {

/// True when the dataset is a dimension scale.
bool is_scale(hid_t dataset);
/// True when it is a scale without values: NetCDF's dimension that is no variable.
bool is_bare_dimension(hid_t dataset);
struct Dimensions {
  std::vector<std::string> names;        ///< one per axis, from the attached scales, else from the labels; or none
  std::vector<std::string> coordinates;  ///< as many: paths of the scales that have values, or ""
};
/// The first scale of each axis, 0 where it has none; nothing when no axis has one.
std::vector<hobj_ref_t> scales_of(hid_t dataset, int rank);
/// An axis of a dataset along a scale, as REFERENCE_LIST has it.
struct ScaleUse {
  hobj_ref_t dataset;
  unsigned axis;
};
std::vector<ScaleUse> uses_of(hid_t scale, const std::string& what);
/// Makes a dataset the scale of a dimension.
void make_scale(hid_t dataset, const std::string& what, const std::string& dimension);
/// Adds to the uses that a scale has.
void write_uses(hid_t scale, const std::string& what, std::vector<ScaleUse> uses);
/// The scales of each axis, in place of those that the dataset has.
void write_references(hid_t dataset, const std::string& what, std::vector<std::vector<hobj_ref_t>>& scales);
Dimensions read_dimensions(hid_t file, hid_t dataset, int rank, ScalePaths& paths);

/// The dimensions of one new dataset.
struct Dimensioned {
  std::string path;
  std::vector<std::int64_t> shape;
  std::vector<std::string> names;  ///< as many as axes, or none
  std::uint32_t unlimited = 0;     ///< axes that may grow: so may the scales that are made for them
};
/// Names the dimensions of new datasets: a scale in the root group for each name, which is the dataset "/name" where
/// that is 1-d and fits. Where a name can't be a scale (two lengths, a "/" in it, taken by something else), the axes of
/// that dataset get labels. number: of the first new scale, see below; -1: they get none.
void write_dimensions(hid_t file, const std::string& name, const std::vector<Dimensioned>& datasets, int number = -1);

/// NetCDF numbers the dimensions of a file in this attribute of its scales. Where some have a number and others have
/// none, the library gives numbers twice: new scales in such a file need one, too.
inline constexpr const char* netcdf_number = "_Netcdf4Dimid";
void write_number(hid_t scale, const std::string& what, int number);
/// The integers of the attribute `name`, when it has `n` of them; else none.
std::vector<int> read_numbers(hid_t object, const char* name, std::size_t n);
/// The names of the dimensions of a variable that has the name of its first one and more axes: being a scale itself, it
/// can't refer to others, so NetCDF keeps the numbers of its dimensions. None when there are none.
std::vector<std::string> names_by_number(hid_t file, const std::string& path, hid_t dataset, int rank);
/// The first that is free in a file as it was opened (nothing is looked up that is not on the disk); -1 where no scale
/// has one.
int next_netcdf_number(hid_t file, const std::string& name);

}  // namespace tessera::io::hdf5

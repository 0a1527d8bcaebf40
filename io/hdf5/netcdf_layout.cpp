#include <tessera/io/hdf5/netcdf_layout.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include <tessera/io/hdf5/dimension_lengths.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>
#include <tessera/io/netcdf_fill.hpp>

namespace tessera::io::hdf5 {
namespace {

bool is_classic_dtype(DType t) {
  return t == DType::int8 || t == DType::int16 || t == DType::int32 || is_real_floating(t);
}

// Numbers in int32, else in float64: the classic model has no larger integers.
void make_classic(Attribute& a) {
  if (a.stored && is_classic_dtype(*a.stored)) return;
  if (const auto* large = std::get_if<std::vector<std::uint64_t>>(&a.value))
    a.value = std::vector<double>(large->begin(), large->end());
  if (const auto* texts = std::get_if<std::vector<std::string>>(&a.value)) {
    std::string lines;
    for (const auto& t : *texts) lines += (lines.empty() ? "" : "\n") + t;
    a.value = std::move(lines);
    a.shape.reset();
  }
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&a.value)) {
    const bool fit =
        std::all_of(integers->begin(), integers->end(), [](std::int64_t v) { return std::in_range<std::int32_t>(v); });
    a.stored = DType::int32;
    if (!fit) a.value = std::vector<double>(integers->begin(), integers->end());
  }
  if (std::holds_alternative<std::vector<double>>(a.value)) a.stored = DType::float64;
}

bool is_coordinate(const Dimensioned& d) {
  return d.shape.size() == 1 && (d.names.empty() || "/" + d.names[0] == d.path);
}

// The length of the dimension without values that the file has there.
std::optional<std::int64_t> dimension_there(hid_t file, const std::string& path) {
  if (path.find('/', 1) != std::string::npos || H5Lexists(file, path.c_str(), H5P_DEFAULT) <= 0) return std::nullopt;
  const Id there(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
  if (!there || H5Iget_type(there.get()) != H5I_DATASET || !is_bare_dimension(there.get())) return std::nullopt;
  return DimensionLengths(file).of(there.get());
}

}  // namespace

DatasetSpec netcdf_spec(const std::string& name, DatasetSpec spec) {
  if (is_complex(spec.dtype))
    throw UsageError(
        fmt::format("{}: NetCDF has no complex numbers, and this is {}: write real(x) and imag(x) as two "
                    "variables, or x to a .h5 file",
                    name, to_string(spec.dtype)));
  if (spec.dtype != DType::bool_) return spec;
  spec.dtype = DType::int8;
  std::erase_if(spec.attributes, [](const Attribute& a) { return a.name == "dtype"; });
  spec.attributes.push_back({"dtype", std::string("bool")});
  return spec;
}

RawElement netcdf_fill_of(const DatasetSpec& spec) {
  std::optional<Scalar> value = netcdf_fill(spec.dtype);
  for (const auto& a : spec.attributes)
    if (a.name == "_FillValue")
      std::visit(
          [&](const auto& values) {
            if constexpr (requires { Scalar(values[0]); } && !std::is_same_v<decltype(values), const std::string&>)
              if (values.size() == 1 && Scalar(values[0]).fits(spec.dtype)) value = Scalar(values[0]);
          },
          a.value);
  return value ? element_of(*value, spec.dtype) : RawElement{};
}

bool is_classic(hid_t file) { return H5Aexists(file, "_nc3_strict") > 0; }

DatasetSpec classic_spec(const std::string& name, DatasetSpec spec) {
  if (!is_classic_dtype(spec.dtype))
    throw UsageError(
        fmt::format("{}: the file keeps to NetCDF's classic model, which has no {}; astype(x, int32) or "
                    "astype(x, float64) can be added, or x written to a file of its own",
                    name, to_string(spec.dtype)));
  if (spec.path.find('/', 1) != std::string::npos)
    throw UsageError(fmt::format("{}: the file keeps to NetCDF's classic model, which has no groups", name));
  for (auto& a : spec.attributes) make_classic(a);
  return spec;
}

std::vector<std::string> stored_paths(hid_t file, const std::vector<Dimensioned>& datasets) {
  std::set<std::string> dimensions;
  for (const auto& d : datasets)
    for (const auto& n : d.names) dimensions.insert("/" + n);
  std::vector<std::string> paths;
  for (const auto& d : datasets) {
    const auto length = dimension_there(file, d.path);
    const bool is_named = dimensions.contains(d.path) || length,
               fits = !length || (d.shape.size() == 1 && *length == d.shape[0]);
    paths.push_back(is_named && !(fits && is_coordinate(d)) ? path_beside_dimension(d.path) : d.path);
  }
  return paths;
}

}  // namespace tessera::io::hdf5

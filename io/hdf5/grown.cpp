// Whether and how a dataset that is there can grow.
#include <fmt/format.h>

#include <array>

#include <tessera/io/growth.hpp>
#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/grow.hpp>
#include <tessera/io/hdf5/netcdf_layout.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>
#include <tessera/io/hdf5/new_datasets.hpp>
#include <tessera/io/hdf5/objects.hpp>

namespace tessera::io {
namespace hdf5 {
namespace {

bool exists(hid_t file, const std::string& path) {
  for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (H5Lexists(file, path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

// Not a dimension of NetCDF's that has the name and no values.
bool is_there(hid_t file, const std::string& path) {
  if (exists(file, path_beside_dimension(path))) return true;
  if (!exists(file, path)) return false;
  const Id object(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
  return !object || H5Iget_type(object.get()) != H5I_DATASET || !is_bare_dimension(object.get());
}

// The wish that names these filters. throws UsageError: none does.
std::string wish_of(const std::string& name, const Filters& filters, std::int64_t item) {
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : ",") + word; };
  if (!filters.empty() && filters.steps[0].kind != Filters::Kind::shuffle) add("noshuffle");
  for (const auto& step : filters.steps)
    add(step.kind == Filters::Kind::shuffle   ? "shuffle"
        : step.kind == Filters::Kind::deflate ? fmt::format("gzip:{}", step.parameter)
                                              : "fletcher32");
  const auto same = [](const Filters::Step& a, const Filters::Step& b) {
    return a.kind == b.kind && a.parameter == b.parameter;
  };
  try {
    const Filters read = parse_filters(text, item);
    if (std::equal(read.steps.begin(), read.steps.end(), filters.steps.begin(), filters.steps.end(), same)) return text;
  } catch (const UsageError&) {  // the library lets them come in any order
  }
  throw UsageError(fmt::format("{}: its filters ({}) are not written in this order", name, filters.text()));
}

void check_storage(const std::string& name, const Dataset& d, hid_t dataset, const DatasetSpec& spec) {
  const auto refuse = [&](const std::string& why) {
    throw UsageError(fmt::format("{}: nothing can be appended to it in place: {}", name, why));
  };
  if (d.encoding.half || d.encoding.swapped)
    refuse(d.encoding.half ? "its elements are float16" : "its elements have another byte order");
  for (const auto& a : d.info.attributes)
    if (a.name == "scale_factor" || a.name == "add_offset") refuse("its elements are packed (" + a.name + ")");
  const Id type = own(H5Dget_type(dataset), H5Tclose, name), ours = file_type(spec.dtype);
  if (H5Tequal(type.get(), ours.get()) <= 0) refuse("it is stored as " + describe_type(type.get()));
  const int axis = spec.growth->axis;
  constexpr const char* help = "; written anew with append_along (--append-along) it can grow";
  if (!d.info.chunked) refuse(std::string("it has no chunks") + help);
  if (d.plain_edges) refuse("its chunks that are not full have no filters");
  std::array<hsize_t, H5S_MAX_RANK> now{}, most{};
  const Id space = own(H5Dget_space(dataset), H5Sclose, name);
  if (H5Sget_simple_extent_dims(space.get(), now.data(), most.data()) < 0) fail(name + ": reading the shape");
  const auto wanted = static_cast<hsize_t>(d.whole[axis] + spec.shape[axis]);
  if (most[axis] != H5S_UNLIMITED && most[axis] < wanted)
    refuse(fmt::format("axis {} can have {} indices at most, not {}{}", axis, most[axis], wanted, help));
}

}  // namespace
}  // namespace hdf5

DatasetSpec grown_hdf5(const std::shared_ptr<const PositionedFile>& file, const DatasetSpec& dataset, bool netcdf) {
  using namespace hdf5;
  const Lock lock;
  const std::string path = checked_paths(file->name(), {dataset})[0], name = file->name() + ":" + path;
  const Id opened = open_file(file);
  if (!is_there(opened.get(), path)) return dataset;
  const Dataset d = describe(file, path, {});
  const bool bools_are_bytes = (netcdf || is_classic(opened.get())) && dataset.dtype == DType::bool_;
  DatasetSpec spec = bools_are_bytes ? netcdf_spec(name, dataset) : dataset;
  check_growth(name, d.whole, d.encoding.half ? DType::float32 : d.encoding.dtype, spec);
  check_storage(name, d, open_dataset(opened.get(), file->name(), path).get(), spec);
  spec.dtype = dataset.dtype;
  spec.growth->from = d.whole[spec.growth->axis];
  spec.chunk = d.chunk;
  spec.compress = wish_of(name, d.filters, item_size(d.encoding.dtype));
  return spec;
}

}  // namespace tessera::io

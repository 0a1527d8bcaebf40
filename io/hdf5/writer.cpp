// Making an HDF5 file: the library lays it out, with room for every element; the elements are then written around it.
// In the 1.10 format a dataset of fixed shape without filters, allocated early, has its chunks one after another
// ("implicit index"): chunk k begins at base + k * chunk bytes. Chunks at the edges take their full size, the rest of
// them unwritten. Of a dataset that may grow, every chunk gets its place from the library (chunk_room.hpp); what sticks
// out of the shape is fill values, which show when it grows. Datasets with filters get places for their chunks when
// these are compressed: place_chunks.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include <tessera/io/description.hpp>
#include <tessera/io/hdf5/attributes.hpp>
#include <tessera/io/hdf5/chunk_lookup.hpp>
#include <tessera/io/hdf5/chunk_room.hpp>
#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/filled_dimension.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/hdf5/layout.hpp>
#include <tessera/io/hdf5/netcdf_layout.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>
#include <tessera/io/hdf5/new_datasets.hpp>
#include <tessera/io/region.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace hdf5 {
namespace {

std::string checked_path(const std::string& file, const DatasetSpec& spec) {
  std::string path = spec.path.starts_with('/') ? spec.path : "/" + spec.path;
  if (path.size() < 2 || path.ends_with('/') || path.find("//") != std::string::npos ||
      path.find('\0') != std::string::npos)
    throw UsageError(fmt::format("{}: '{}' is no name for a dataset", file, spec.path));
  return path;
}

}  // namespace

std::vector<std::string> checked_paths(const std::string& file, const std::vector<DatasetSpec>& datasets) {
  std::vector<std::string> paths;
  std::set<std::string> taken;
  for (const auto& spec : datasets) {
    const std::string path = checked_path(file, spec), name = file + ":" + path;
    if (!taken.insert(path).second) throw UsageError(fmt::format("{}: two results for one dataset", name));
    for (const auto& other : taken)
      if (other.starts_with(path + "/") || path.starts_with(other + "/"))
        throw UsageError(fmt::format("{}: {} and {} can't both be there: one would be a dataset and a group", file,
                                     std::min(path, other), std::max(path, other)));
    if (!spec.dimensions.empty() && static_cast<int>(spec.dimensions.size()) != spec.shape.size())
      throw UsageError(
          fmt::format("{}: {} dimension names for the shape {}", name, spec.dimensions.size(), to_string(spec.shape)));
    paths.push_back(path);
  }
  return paths;
}

namespace {

// The chunk shape on disk: at most the shape; empty when the dataset has rank 0, or no elements and can't grow.
Dims disk_chunk(const std::string& name, const DatasetSpec& spec) {
  if (spec.chunk.empty() || spec.shape.empty()) return {};
  if (num_elements(spec.shape) == 0 && spec.unlimited == 0) return {};
  if (spec.chunk.size() != spec.shape.size())
    throw UsageError(
        fmt::format("{}: chunks {} do not fit the shape {}", name, to_string(spec.chunk), to_string(spec.shape)));
  Dims chunk;
  for (int i = 0; i < spec.shape.size(); i++) {
    if (spec.chunk[i] < 1)
      throw UsageError(
          fmt::format("{}: chunks {} do not fit the shape {}", name, to_string(spec.chunk), to_string(spec.shape)));
    const bool may_stick_out = spec.growth && (spec.growth->from || spec.growth->axis == i);
    chunk.push_back(may_stick_out ? spec.chunk[i] : std::max<std::int64_t>(1, std::min(spec.chunk[i], spec.shape[i])));
  }
  const std::int64_t bytes = checked_bytes(name, chunk, item_size(spec.dtype));
  if (bytes > UINT32_MAX)
    throw UsageError(fmt::format("{}: chunks {} take {} bytes each, HDF5 allows 4 GiB - 1; choose smaller ones", name,
                                 to_string(chunk), bytes));
  return chunk;
}

}  // namespace

Placed placed_of(const std::string& name, const DatasetSpec& spec, const std::string& path) {
  Placed p{path, spec.shape, disk_chunk(name, spec), item_size(spec.dtype), -1, {}, 0, std::nullopt, {}};
  if (spec.growth && spec.growth->from) {
    p.grows_along = spec.growth->axis;
    p.from = *spec.growth->from;
    p.shape[p.grows_along] += p.from;
  }
  const Filters filters = parse_filters(spec.compress, p.item);
  const bool small = spec.shape.empty() || num_elements(spec.shape) == 0;  // HDF5 keeps these without chunks
  if (!filters.empty() && !small && p.chunk.empty())
    throw UsageError(fmt::format("{}: compressed datasets have chunks; this one is contiguous", name));
  if (p.chunk.empty()) return p;
  p.filters = filters;
  p.unlimited = spec.unlimited & ((std::uint32_t{1} << spec.shape.size()) - 1);
  return p;
}

namespace {

// The groups above a dataset. Not left to the library, which would note the time of their creation.
void create_groups(hid_t file, const std::string& name, const std::string& path) {
  for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string group = path.substr(0, end);
    if (H5Lexists(file, group.c_str(), H5P_DEFAULT) > 0) continue;
    const Id properties = own(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, name);
    check(H5Pset_obj_track_times(properties.get(), false), name);
    check(H5Pset_link_creation_order(properties.get(), creation_order), name);
    check(H5Pset_attr_creation_order(properties.get(), creation_order), name);
    static_cast<void>(own(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT), H5Gclose,
                          name + ": creating the group " + group));
  }
}

void create_dataset(hid_t file, const std::string& name, const DatasetSpec& spec, Placed& placed) {
  const Dims& chunk = placed.chunk;
  std::array<hsize_t, max_rank> extents{}, chunks{}, most{};
  for (int i = 0; i < spec.shape.size(); i++) extents[i] = static_cast<hsize_t>(spec.shape[i]);
  for (int i = 0; i < chunk.size(); i++) chunks[i] = static_cast<hsize_t>(chunk[i]);
  for (int i = 0; i < spec.shape.size(); i++) {
    const bool grows = (placed.unlimited >> i & 1u) != 0;
    most[i] = grows ? H5S_UNLIMITED : extents[i];
  }
  const Id type = file_type(spec.dtype);
  const Id space =
      own(spec.shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(spec.shape.size(), extents.data(), most.data()),
          H5Sclose, name);
  create_groups(file, name, placed.path);
  const Id properties = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, name);
  const bool grows_at_all = placed.unlimited != 0;
  const bool early = !placed.placed_late() && !grows_at_all;
  check(H5Pset_alloc_time(properties.get(), early ? H5D_ALLOC_TIME_EARLY : H5D_ALLOC_TIME_INCR), name);
  check(H5Pset_fill_time(properties.get(), grows_at_all ? H5D_FILL_TIME_IFSET : H5D_FILL_TIME_NEVER), name);
  if (placed.fill)
    check(H5Pset_fill_value(properties.get(), type.get(), placed.fill->data()), name + ": choosing the fill value");
  check(H5Pset_attr_creation_order(properties.get(), creation_order), name);
  // No times of creation: the same content gives the same file.
  check(H5Pset_obj_track_times(properties.get(), false), name);
  if (!chunk.empty()) check(H5Pset_chunk(properties.get(), chunk.size(), chunks.data()), name);
  for (const auto& step : placed.filters.steps) {
    const hid_t p = properties.get();
    check(step.kind == Filters::Kind::shuffle   ? H5Pset_shuffle(p)
          : step.kind == Filters::Kind::deflate ? H5Pset_deflate(p, step.parameter)
                                                : H5Pset_fletcher32(p),
          name + ": choosing the filters");
  }
  const Id dataset =
      own(H5Dcreate2(file, placed.path.c_str(), type.get(), space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
          H5Dclose, name + ": creating the dataset");
  for (const auto& a : spec.attributes) write_attribute(dataset.get(), name, a, spec.dtype);
  if (grows_at_all && !placed.placed_late())
    placed.runs = make_all_room(dataset.get(), placed, name + ": making room for the elements");
}

// `stored`: where the dataset of that name will be; fills_dimension: a dimension that is there becomes it.
void refuse_existing(hid_t file, const std::string& name, const std::string& path, const std::string& stored,
                     bool fills_dimension) {
  for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string above_it = path.substr(0, end);
    if (H5Lexists(file, above_it.c_str(), H5P_DEFAULT) <= 0) return;
    const Id above(H5Oopen(file, above_it.c_str(), H5P_DEFAULT), H5Oclose);
    if (!above || H5Iget_type(above.get()) != H5I_GROUP)
      throw UsageError(fmt::format("{}: {} is no group, so that {} can't be made", name, above_it, path));
  }
  for (const auto& there : {stored, path_beside_dimension(path)})
    if (!(fills_dimension && there == stored) && H5Lexists(file, there.c_str(), H5P_DEFAULT) > 0)
      throw UsageError(fmt::format("{}: {} is there already; only new datasets are added to a file", name, path));
}

void write_file_attributes(hid_t file, const std::string& name, const Hdf5Layout& options) {
  const Id root = own(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose, name);
  std::string history = read_text(root.get(), "history");
  for (const auto& a : options.attributes) {
    if (const std::string text = text_of(a); a.name == "history" && !text.empty()) {
      history = text;
      continue;
    }
    replace_attribute(root.get(), name, a, DType::float64);
  }
  if (!options.history.empty()) history = options.history + (history.empty() ? "" : "\n") + history;
  if (!history.empty()) replace_attribute(root.get(), name, {"history", history}, DType::float64);
}

}  // namespace

// Where the elements are that have their place from the beginning; proves that chunks are one after another by asking
// for the first, the last and some between.
void find_place(const PositionedFile& file, hid_t opened, const std::string& name, Placed& placed) {
  if (num_elements(placed.shape) == 0 || placed.placed_late() || !placed.runs.empty()) return;
  const Id dataset =
      own(H5Dopen2(opened, placed.path.c_str(), H5P_DEFAULT), H5Dclose, name + ": opening the new dataset");
  if (placed.chunk.empty()) {
    const haddr_t at = H5Dget_offset(dataset.get());
    if (at == HADDR_UNDEF) fail(name + ": HDF5 made no room for the elements");
    placed.offset = static_cast<std::int64_t>(at);
    return;
  }
  const ChunkGrid grid = ChunkGrid::regular(placed.shape, placed.chunk);
  const std::int64_t bytes = checked_bytes(name, placed.chunk, placed.item), count = grid.count();
  const auto where = [&](std::int64_t k) { return find_chunk(file, dataset.get(), grid.box(k).lo, bytes, {}).offset; };
  const std::int64_t base = where(0);
  for (const std::int64_t k : {std::int64_t{0}, std::int64_t{1}, count / 7, count / 3, count / 2, count - 2, count - 1})
    if (base < 0 || (k >= 0 && k < count && where(k) != base + k * bytes))
      throw IoError(name + ": HDF5 laid the chunks out otherwise than one after another");
  placed.runs = {{0, base, bytes}};
}

// What of a growing dataset's chunks sticks out of its shape shows when it grows.
void fill_edges(const PositionedFile& file, const Placed& placed) {
  if (placed.unlimited == 0 || placed.placed_late() || placed.fill.value_or(RawElement{}) == RawElement{}) return;
  const ChunkGrid grid = ChunkGrid::regular(placed.shape, placed.chunk);
  for (std::int64_t k = 0; k < grid.count(); k++) {
    const Box box = grid.box(k);
    bool sticks_out = false;
    for (int i = 0; i < box.rank(); i++)
      sticks_out = sticks_out || ((placed.unlimited >> i & 1u) != 0 && box.extent[i] != placed.chunk[i]);
    if (sticks_out) fill_chunk(file, placed, chunk_offset(placed, k));
  }
}

namespace {

// The specs as the file's model has them.
std::vector<DatasetSpec> modelled(hid_t file, const std::string& file_name, const std::vector<DatasetSpec>& datasets,
                                  const Hdf5Layout& options) {
  std::vector<DatasetSpec> specs = datasets;
  const bool classic = options.append && is_classic(file);
  for (auto& spec : specs) {
    const std::string name = file_name + ":" + spec.path;
    if (options.netcdf || classic) spec = netcdf_spec(name, std::move(spec));
    if (classic) spec = classic_spec(name, std::move(spec));
  }
  return specs;
}

// The dimensions of which new datasets become the coordinates.
std::vector<std::optional<FilledDimension>> filled_dimensions(hid_t file, const std::string& name,
                                                              std::vector<Dimensioned>& datasets) {
  std::vector<std::optional<FilledDimension>> filled;
  for (auto& d : datasets) {
    filled.push_back(FilledDimension::find(file, name, d));
    if (filled.back()) d.names.clear();  // it has its dimension, also in a group
  }
  return filled;
}

}  // namespace

std::vector<Placed> add_datasets(hid_t file, const std::string& name, const std::vector<DatasetSpec>& datasets,
                                 const std::vector<std::string>& paths, const Hdf5Layout& options) {
  const int number = options.append ? next_netcdf_number(file, name) : 0;
  const auto specs = modelled(file, name, datasets, options);
  std::vector<Placed> placed;
  std::vector<Dimensioned> dimensioned;
  for (std::size_t i = 0; i < specs.size(); i++) {
    const auto& spec = specs[i];
    placed.push_back(placed_of(name + ":" + paths[i], spec, paths[i]));
    if (options.netcdf) placed[i].fill = netcdf_fill_of(spec);
    dimensioned.push_back({paths[i], {spec.shape.begin(), spec.shape.end()}, spec.dimensions, placed[i].unlimited});
  }
  if (options.netcdf) {
    const auto stored = stored_paths(file, dimensioned);
    for (std::size_t i = 0; i < specs.size(); i++) placed[i].path = dimensioned[i].path = stored[i];
  }
  const auto filled = options.append ? filled_dimensions(file, name, dimensioned)
                                     : std::vector<std::optional<FilledDimension>>(specs.size());
  for (std::size_t i = 0; options.append && i < specs.size(); i++)
    refuse_existing(file, name, paths[i], placed[i].path, filled[i].has_value());
  for (std::size_t i = 0; i < specs.size(); i++) {
    if (filled[i]) filled[i]->make_way(file);
    create_dataset(file, name + ":" + paths[i], specs[i], placed[i]);
    if (filled[i]) filled[i]->take_place(file);
  }
  write_dimensions(file, name, dimensioned, number);
  return placed;
}

}  // namespace hdf5

void lay_out_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::vector<DatasetSpec>& datasets,
                  const Hdf5Layout& options, Writer& layout) {
  using namespace hdf5;
  const Lock lock;
  const std::vector<std::string> paths = checked_paths(file->name(), datasets);
  std::vector<Placed> placed;
  {
    Id created = options.append ? open_file_to_change(file) : create_file(file);
    placed = add_datasets(created.get(), file->name(), datasets, paths, options);
    write_file_attributes(created.get(), file->name(), options);
    created.close(file->name() + (options.append ? ": adding to the file" : ": creating the file"));
    check_driver();
  }
  // The file as a reader will see it.
  const auto again = file->again();
  const Id opened = open_file(again);
  for (std::size_t i = 0; i < placed.size(); i++) {
    find_place(*again, opened.get(), file->name() + ":" + paths[i], placed[i]);
    fill_edges(*file, placed[i]);
    put_placed(layout, placed[i]);
  }
  file->reserve(again->size());
}

WriteCost hdf5_write_cost(const DatasetSpec& dataset) {
  using namespace hdf5;
  const Placed p = placed_of(dataset.path, dataset, dataset.path);
  if (!p.placed_late()) return {0, region_scratch_bytes, false};
  const std::int64_t bytes = chunk_bytes(p);
  const std::int64_t count = written_chunks(p, ChunkGrid::regular(p.shape, p.chunk)).size();
  const std::int64_t old = p.from > 0 ? p.filters.scratch_bytes(bytes) : 0;  // a chunk that is not full is read
  // Every worker may be putting a chunk together, and one more may wait for its last part; the table of the chunks.
  return {bytes + 64 * count, std::max(region_scratch_bytes, bytes + encoding_bytes(p.filters, bytes)) + old, true};
}

}  // namespace tessera::io

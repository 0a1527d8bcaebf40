// Reading a dataset's metadata through the HDF5 library, checked against the file before anyone allocates by them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <tessera/core/attribute_bytes.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/hdf5/advice.hpp>
#include <tessera/io/hdf5/attributes.hpp>
#include <tessera/io/hdf5/chunk_lookup.hpp>
#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/describe.hpp>

#include <tessera/io/hdf5/dimension_lengths.hpp>
#include <tessera/io/hdf5/dimensions.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>
#include <tessera/io/hdf5/objects.hpp>
#include <tessera/io/netcdf_fill.hpp>
#include <tessera/io/padded_store.hpp>

namespace tessera::io::hdf5 {
namespace {

std::string filter_name(H5Z_filter_t id, const char* stored) {
  switch (id) {
    case H5Z_FILTER_SZIP:
      return "szip";
    case H5Z_FILTER_NBIT:
      return "nbit";
    case H5Z_FILTER_SCALEOFFSET:
      return "scaleoffset";
    case 32000:
      return "lzf";
    case 32001:
      return "blosc";
    case 32004:
      return "lz4";
    case 32008:
      return "bitshuffle";
    case 32013:
      return "zfp";
    case 32015:
      return "zstd";
    case 32017:
      return "sz";
    case 32026:
      return "blosc2";
    default:
      return stored[0] ? stored : "of unknown name";
  }
}

// h5py has the filters of the library and lzf; others come with a package.
std::string advise(H5Z_filter_t id, const std::string& file, const std::string& path) {
  constexpr H5Z_filter_t first_registered = 256, lzf = 32000;
  if (id < first_registered || id == lzf) return advise_h5py(file, path);
  return "programs that have it read it, as h5py does with the package hdf5plugin";
}

Filters filters_of(hid_t properties, const std::string& file, const std::string& path, const std::string& name) {
  Filters f;
  const int n = H5Pget_nfilters(properties);
  if (n < 0) fail(name + ": reading the filters");
  int deflates = 0;
  for (int i = 0; i < n; i++) {
    std::array<unsigned, 64> values{};
    std::size_t count = values.size();
    char stored[64] = {};
    unsigned flags = 0, config = 0;
    const H5Z_filter_t id = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &count, values.data(),
                                           sizeof stored, stored, &config);
    if (id < 0) fail(name + ": reading the filters");
    if (id == H5Z_FILTER_DEFLATE && ++deflates == 1) {
      f.steps.push_back({Filters::Kind::deflate, values[0]});
    } else if (id == H5Z_FILTER_SHUFFLE) {
      // The element size is the filter's first value.
      if (count < 1 || values[0] < 1 || values[0] > 1 << 16)
        throw IoError(fmt::format("{}: damaged: shuffle of {} bytes", name, values[0]));
      f.steps.push_back({Filters::Kind::shuffle, values[0]});
    } else if (id == H5Z_FILTER_FLETCHER32) {
      f.steps.push_back({Filters::Kind::fletcher32, 0});
    } else {
      throw IoError(fmt::format("{}: compressed with the filter {} ({}), which is not read; {}", name, id,
                                filter_name(id, stored), advise(id, file, path)));
    }
  }
  if (f.steps.size() > 32) throw IoError(fmt::format("{}: damaged: {} filters", name, n));
  return f;
}

// user_defined: it was chosen by who made the dataset.
RawElement fill_of(hid_t properties, hid_t type, std::int64_t item, const std::string& name, bool& user_defined) {
  RawElement raw{};
  H5D_fill_value_t status = H5D_FILL_VALUE_ERROR;
  check(H5Pfill_value_defined(properties, &status), name + ": reading the fill value");
  user_defined = status == H5D_FILL_VALUE_USER_DEFINED;
  if (status == H5D_FILL_VALUE_UNDEFINED) return raw;
  if (H5Tget_size(type) != static_cast<std::size_t>(item)) return raw;
  check(H5Pget_fill_value(properties, type, raw.data()), name + ": reading the fill value");
  return raw;
}

void require_in_file(const PositionedFile& file, const std::string& name, std::int64_t offset, std::int64_t bytes) {
  if (offset < 0 || offset > file.size() || bytes > file.size() - offset)
    throw IoError(fmt::format("{}: file is truncated: dataset needs {} bytes at {}, file has {}", name, bytes, offset,
                              file.size()));
}

bool has_storage(hid_t dataset, const std::string& name) {
  H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
  check(H5Dget_space_status(dataset, &status), name + ": looking up where the elements are");
  return status != H5D_SPACE_STATUS_NOT_ALLOCATED;
}

void describe_contiguous(Dataset& d, const PositionedFile& file, hid_t dataset, hid_t properties, std::int64_t bytes) {
  if (H5Pget_external_count(properties) > 0)
    throw IoError(
        d.info.name +
        ": its elements are in other files (external storage), which are not followed; where they are there, " +
        advise_h5py(d.file, d.path));
  if (bytes == 0 || !has_storage(dataset, d.info.name)) return;
  const haddr_t at = H5Dget_offset(dataset);
  if (at == HADDR_UNDEF) fail(d.info.name + ": looking up where the elements are");
  d.kind = Dataset::Kind::contiguous;
  if (at > static_cast<haddr_t>(INT64_MAX)) throw IoError(fmt::format("{}: damaged: elements at {}", d.info.name, at));
  d.offset = static_cast<std::int64_t>(at);
  d.info.stored_bytes = bytes;
  require_in_file(file, d.info.name, d.offset, bytes);
}

void describe_compact(Dataset& d, hid_t dataset, hid_t type, std::int64_t bytes) {
  if (bytes == 0) return;
  if (bytes > 1 << 16) throw IoError(fmt::format("{}: damaged: {} bytes in an object header", d.info.name, bytes));
  if (const hsize_t held = H5Dget_storage_size(dataset); held < static_cast<hsize_t>(bytes))  // the library copies all
    throw IoError(
        fmt::format("{}: damaged: {} bytes in its header, where the shape needs {}", d.info.name, held, bytes));
  d.kind = Dataset::Kind::inlined;
  d.values.resize(bytes);
  check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, d.values.data()), d.info.name + ": reading");
  d.info.stored_bytes = bytes;
}

// H5Dget_storage_size would add up the chunks: over the whole index, hours where it has room for many that were never
// written, and for ever in a damaged one.
void find_places(Dataset& d, const PositionedFile& file, hid_t dataset, std::int64_t chunk_bytes) {
  const std::int64_t count = d.info.grid.count();
  d.places.reserve(count);
  for (std::int64_t k = 0; k < count; k++) {
    d.places.push_back(find_chunk(file, dataset, d.info.grid.box(k).lo, chunk_bytes, d.filters));
    d.info.stored_bytes += d.places.back().bytes;
  }
  d.kind = d.info.stored_bytes > 0 ? Dataset::Kind::table : Dataset::Kind::absent;
  if (d.kind == Dataset::Kind::absent) d.places.clear();
}

// A few of the chunks, from the first to the last.
void estimate_stored(Dataset& d, const PositionedFile& file, hid_t dataset, std::int64_t chunk_bytes) {
  constexpr std::int64_t samples = 16;
  const std::int64_t count = d.info.grid.count();
  double bytes = 0;
  for (std::int64_t i = 0; i < samples; i++) {
    const std::int64_t k = i + 1 < samples ? (count - 1) / (samples - 1) * i : count - 1;
    bytes += static_cast<double>(find_chunk(file, dataset, d.info.grid.box(k).lo, chunk_bytes, d.filters).bytes);
  }
  const double whole = bytes / static_cast<double>(samples) * static_cast<double>(count);
  d.info.stored_bytes = static_cast<std::int64_t>(std::min(whole, static_cast<double>(file.size())));
  d.info.stored_estimated = true;
  d.kind = Dataset::Kind::lookup;
}

void describe_chunked(Dataset& d, const PositionedFile& file, hid_t dataset, hid_t properties,
                      std::int64_t most_places) {
  const std::string& name = d.info.name;
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Pget_chunk(properties, static_cast<int>(extents.size()), extents.data());
  if (rank != d.info.shape.size()) fail(name + ": reading the chunk shape");
  for (int i = 0; i < rank; i++) {
    const hsize_t e = extents[i];
    if (e < 1 || e > UINT32_MAX) throw IoError(fmt::format("{}: damaged: a chunk of {} elements", name, e));
    d.chunk.push_back(static_cast<std::int64_t>(e));
  }
  const std::int64_t bytes = checked_bytes(name, d.chunk, item_size(d.encoding.dtype));
  if (bytes > UINT32_MAX)
    throw IoError(fmt::format("{}: damaged: a chunk of {} bytes (HDF5 has at most 4 GiB - 1)", name, bytes));
  d.info.chunked = true;
  d.info.grid = ChunkGrid::regular(d.info.shape, d.chunk);
  d.filters = filters_of(properties, d.file, d.path, name);
  d.info.filters = d.filters.text();
  unsigned options = 0;
  check(H5Pget_chunk_opts(properties, &options), name + ": reading the chunk options");
  d.plain_edges = options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS;
  if (!d.filters.empty()) {
    for (int i = 0; i < rank; i++)
      d.info.indivisible[i] = std::max<std::int64_t>(1, std::min(d.chunk[i], d.info.shape[i]));
  }
  if (d.info.grid.count() == 0) return;
  if (d.info.grid.count() <= most_places)
    find_places(d, file, dataset, bytes);
  else
    estimate_stored(d, file, dataset, bytes);
}

// Axes that may grow.
std::uint32_t unlimited_axes(hid_t space, int rank) {
  std::array<hsize_t, H5S_MAX_RANK> now{}, most{};
  if (rank == 0 || H5Sget_simple_extent_dims(space, now.data(), most.data()) != rank) return 0;
  std::uint32_t axes = 0;
  for (int i = 0; i < rank; i++)
    if (most[i] == H5S_UNLIMITED) axes |= std::uint32_t{1} << i;
  return axes;
}

}  // namespace

Shape shape_of(hid_t space, const std::string& name) {
  switch (H5Sget_simple_extent_type(space)) {
    case H5S_SCALAR:
      return {};
    case H5S_NULL:
      throw UsageError(name + ": the dataset has no elements (a null dataspace)");
    case H5S_SIMPLE:
      break;
    default:
      fail(name + ": reading the shape");
  }
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  if (rank < 0) fail(name + ": reading the shape");
  if (rank > max_rank) throw UsageError(fmt::format("{}: {} dimensions; at most {} are read", name, rank, max_rank));
  Shape shape;
  for (int i = 0; i < rank; i++) {
    if (extents[i] > static_cast<hsize_t>(INT64_MAX))
      throw IoError(fmt::format("{}: damaged: an extent beyond 2^63 - 1", name));
    shape.push_back(static_cast<std::int64_t>(extents[i]));
  }
  return shape;
}

AttributesThere file_attributes(hid_t opened, const std::string& name, std::int64_t room) {
  const Id root = own(H5Gopen2(opened, "/", H5P_DEFAULT), H5Gclose, name + ": opening the root group");
  return read_attributes(root.get(), name, room);
}

// What NetCDF reads behind the last record, and whether it may also be among the others.
void choose_missing(Dataset& d, bool own_fill, bool netcdf) {
  const DType t = d.encoding.dtype;
  const std::int64_t item = item_size(t);
  d.missing = d.fill;
  to_host(d.encoding, {1}, d.missing.data(), {item});
  const auto standard = d.encoding.half ? std::nullopt : netcdf_fill(t);
  if (!standard) return;
  const RawElement value = element_of(*standard, t);
  const bool is_standard = own_fill && std::equal(value.begin(), value.begin() + item, d.missing.begin());
  if (!own_fill) d.missing = value;
  d.watched = means_missing(t) && (is_standard || netcdf || d.whole != d.info.shape) &&
              find_attribute(d.info, "_FillValue") == nullptr;
}

Dataset describe_open(const std::shared_ptr<const PositionedFile>& file, hid_t opened, const std::string& path,
                      const Look& look, ScalePaths& scales, DimensionLengths& lengths) {
  Dataset d;
  d.file = file->name();
  d.path = path;
  d.key = file->key();
  StoreInfo& info = d.info;
  info.name = d.file + ":" + variable_path(path);
  info.format = "hdf5";
  info.identity = identity_of(*file, path);
  const Id dataset = open_dataset(opened, d.file, path);
  const Id type = own(H5Dget_type(dataset.get()), H5Tclose, info.name + ": reading the datatype");
  auto encoding = encoding_of(type.get());
  if (!encoding && look.chars_as_bytes && H5Tget_class(type.get()) == H5T_STRING && H5Tget_size(type.get()) == 1)
    encoding = Encoding{DType::int8, false, false};
  if (!encoding)
    throw UsageError(fmt::format("{}: holds {}, which is not read; numbers, bools and complex numbers are", info.name,
                                 describe_type(type.get())));
  d.encoding = *encoding;
  info.dtype = encoding->dtype;
  const std::int64_t item = item_size(info.dtype);

  const Id space = own(H5Dget_space(dataset.get()), H5Sclose, info.name + ": reading the shape");
  info.shape = shape_of(space.get(), info.name);
  const std::int64_t bytes = checked_bytes(info.name, info.shape, item);
  info.grid = auto_chunks(info.shape, item);
  info.indivisible = Dims::filled(info.shape.size(), 1);
  const Id properties = own(H5Dget_create_plist(dataset.get()), H5Pclose, info.name + ": reading the layout");
  bool own_fill = false;
  d.fill = fill_of(properties.get(), type.get(), item, info.name, own_fill);
  switch (H5Pget_layout(properties.get())) {
    case H5D_CONTIGUOUS:
      describe_contiguous(d, *file, dataset.get(), properties.get(), bytes);
      break;
    case H5D_COMPACT:
      describe_compact(d, dataset.get(), type.get(), bytes);
      break;
    case H5D_CHUNKED:
      describe_chunked(d, *file, dataset.get(), properties.get(), look.most_places);
      break;
    case H5D_VIRTUAL:
      throw IoError(info.name +
                    ": a virtual dataset, whose elements are in other files, which are not followed; where they are "
                    "there, " +
                    advise_h5py(d.file, path));
    default:
      fail(info.name + ": reading the layout");
  }
  AttributesThere attributes = read_attributes(dataset.get(), info.name, look.room);
  info.attributes = std::move(attributes.read);
  info.unread_attributes = std::move(attributes.unread);
  info.unlimited = unlimited_axes(space.get(), info.shape.size());
  d.whole = lengths.shape_of(dataset.get(), info.shape);
  static_cast<void>(checked_bytes(info.name, d.whole, item));
  choose_missing(d, own_fill, H5Aexists(opened, "_NCProperties") > 0);
  const Dimensions dimensions = read_dimensions(opened, dataset.get(), info.shape.size(), scales);
  info.dimensions = dimensions.names;
  for (const auto& c : dimensions.coordinates) info.coordinates.push_back(c.empty() ? "" : d.file + ":" + c);
  check_driver();  // what was left out because the library could not read it must not be for want of a disk
  return d;
}

StoreInfo seen_info(Dataset d) {
  StoreInfo info = d.whole == d.info.shape ? std::move(d.info) : padded_info(d.info, d.whole, d.chunk);
  if (d.encoding.half) info.dtype = DType::float32;
  return info;
}

Dataset describe(const std::shared_ptr<const PositionedFile>& file, const std::string& dataset, const Look& look) {
  const Lock lock;
  const Id opened = open_file(file);
  ScalePaths scales(opened.get());
  const bool named = dataset.find_first_not_of('/') != std::string::npos;
  DimensionLengths lengths(opened.get());
  Dataset d = describe_open(file, opened.get(), named ? dataset : only_dataset(opened.get(), file->name()), look,
                            scales, lengths);
  AttributesThere of_file =
      file_attributes(opened.get(), d.file, look.room - attribute_copies * attribute_bytes(d.info.attributes));
  d.info.file_attributes = std::move(of_file.read);
  d.info.unread_file_attributes = std::move(of_file.unread);
  return d;
}

}  // namespace tessera::io::hdf5

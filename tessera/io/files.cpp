#include <tessera/io/files.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include <tessera/io/concat_store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/format.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/npy.hpp>
#include <tessera/io/raw.hpp>
#include <tessera/io/safe_file.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera {
namespace {

namespace fs = std::filesystem;
using io::Format;

std::string expand_home(const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  return home ? home + path.substr(1) : path;
}

std::shared_ptr<const io::PositionedFile> open_source(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const bool zarr = fs::exists(fs::path(path) / ".zarray", ignored) ||
                      fs::exists(fs::path(path) / ".zgroup", ignored) ||
                      fs::exists(fs::path(path) / "zarr.json", ignored);
    if (zarr) throw UsageError(fmt::format("{}: is a Zarr store, which is not read yet", path));
    throw UsageError(fmt::format("{}: is a directory, not a file", path));
  }
  return io::PositionedFile::open(path);
}

// A file may have ":/" in its name: then the whole text is the file, unless the part before it is one too.
SourceName existing_source(const std::string& source) {
  SourceName name = parse_source(source);
  std::error_code ignored;
  if (!name.dataset.empty() && !fs::exists(name.file, ignored)) {
    const std::string whole = expand_home(source);
    if (fs::exists(whole, ignored)) return {whole, ""};
  }
  return name;
}

struct Layout {
  Format format;
  io::SafeFile file;
  std::size_t datasets;
};
Layout read_layout(Reader& r) {
  Layout l{};
  l.format = r.get<Format>();
  l.file = io::get_safe_file(r);
  l.datasets = r.get<std::size_t>();
  return l;
}

std::string suffix_of(const std::string& file) {
  std::string s = fs::path(file).extension().string();
  for (auto& c : s) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return s;
}

Format format_to_write(const std::string& suffix) {
  if (suffix == ".npy") return Format::npy;
  return suffix == ".bin" || suffix == ".raw" ? Format::raw : Format::hdf5;
}

// NetCDF's attributes are lists at most: its programs can't open a file in which one has more axes.
void flatten(std::vector<Attribute>& attributes) {
  for (auto& a : attributes)
    if (a.shape && a.shape->size() > 1) a.shape = Dims{num_elements(*a.shape)};
}

void check_appendable(const std::string& path, Format format) {
  std::error_code ignored;
  if (format != Format::hdf5)
    throw UsageError(fmt::format("{}: it holds one array; nothing is added to such a file", path));
  if (!fs::exists(path, ignored)) return;
  const auto old = open_source(path);
  if (old->size() == 0 || io::format_of(*old) != Format::hdf5)
    throw UsageError(fmt::format("{}: not an HDF5 file; datasets are only added to HDF5 files", path));
}

}  // namespace

SourceName parse_source(const std::string& text) {
  const auto at = text.rfind(":/");
  if (at == std::string::npos || at == 0) return {expand_home(text), ""};
  return {expand_home(text.substr(0, at)), text.substr(at + 1)};
}

std::string io::describe_one(const std::string& source, const SourceOptions& options, bool compact, StoreInfo* info) {
  const SourceName name = existing_source(source);
  if (name.file.empty()) throw UsageError("'': not the name of a file");
  const auto file = open_source(name.file);
  const bool raw = !options.raw_dtype.empty() || options.raw_shape || options.raw_offset;
  const Format format = raw ? Format::raw : io::format_of(*file);
  Writer w;
  w.put(format);
  if (format == Format::hdf5) {
    StoreInfo all = io::describe_hdf5(file, name.dataset, options, compact, w);
    if (info != nullptr) *info = std::move(all);
    return w.bytes();
  }
  if (!name.dataset.empty() && name.dataset != "/")
    throw UsageError(fmt::format("{}: {} file holds one array without a name; leave ':{}' out", name.file,
                                 raw ? "a raw" : "an npy", name.dataset));
  if (raw)
    io::describe_raw(file, options, w);
  else
    io::describe_npy(file, w);
  if (info != nullptr) *info = open_store(w.bytes())->info();
  return w.bytes();
}

std::string describe_source(const std::string& source, const SourceOptions& options) {
  return io::describe_one(source, options, false, nullptr);
}

std::shared_ptr<const Store> open_store(const std::string& description) {
  Reader r(description);
  switch (r.get<Format>()) {
    case Format::npy:
    case Format::raw:
      return io::open_npy(r);
    case Format::concat:
      return io::open_joined(r);
    default:
      return io::open_hdf5(r);
  }
}

bool has_known_format(const std::string& source) {
  return io::known_format(*open_source(existing_source(source).file)).has_value();
}

std::shared_ptr<const Store> io::open_part(const std::string& description) {
  Reader r(description);
  return r.get<Format>() == Format::hdf5 ? open_hdf5(r, Opening::later) : open_npy(r, Opening::later);
}

std::shared_ptr<const Store> open_store_alone(const std::string& source, const SourceOptions& options) {
  return open_store(describe_source(source, options));
}

std::vector<StoreInfo> list_datasets(const std::string& file) {
  const auto opened = open_source(expand_home(file));
  if (io::format_of(*opened) == Format::hdf5) return io::list_hdf5(opened);
  return {open_store_alone(file)->info()};
}

bool is_netcdf(const std::string& target) {
  const std::string suffix = suffix_of(parse_source(target).file);
  return suffix == ".nc" || suffix == ".nc4" || suffix == ".cdf";
}

bool holds_one_array(const std::string& target) {
  return format_to_write(suffix_of(parse_source(target).file)) != Format::hdf5;
}

WriteCost write_cost(const std::string& file, const DatasetSpec& dataset) {
  const std::string suffix = suffix_of(file);
  if (format_to_write(suffix) == Format::hdf5) return io::hdf5_write_cost(dataset);
  if (!dataset.compress.empty() && dataset.compress != "none")
    throw UsageError(fmt::format("{}: {} files are not compressed; write to a .h5 or .nc file", file, suffix));
  return {0, io::piece_bytes, false};
}

std::string temporary_file(const std::string& target) { return io::temporary_path(parse_source(target).file); }

std::string create_file(const std::string& file, const std::vector<DatasetSpec>& given, const CreateOptions& wishes) {
  std::vector<DatasetSpec> datasets = given;
  CreateOptions options = wishes;
  const std::string path = expand_home(file), suffix = suffix_of(path);
  const Format format = format_to_write(suffix);
  for (const char* other : {".zarr", ".npz", ".grib", ".grb", ".csv", ".txt", ".tif", ".tiff", ".mat", ".fits"})
    if (suffix == other)
      throw UsageError(fmt::format("{}: {} files are not written; .h5, .nc, .npy and .bin are", path, suffix));
  if (datasets.empty()) throw UsageError(fmt::format("{}: nothing to write into it", path));
  if (format != Format::hdf5 && datasets.size() > 1)
    throw UsageError(
        fmt::format("{}: a {} file holds one array, not {}; write to a .h5 file", path, suffix, datasets.size()));
  for (const auto& d : datasets) io::checked_bytes(path, d.shape, item_size(d.dtype));
  for (const auto& d : datasets) static_cast<void>(write_cost(path, d));  // checks the filters

  const bool netcdf = is_netcdf(path);
  if (netcdf) {
    flatten(options.file_attributes);
    for (auto& d : datasets) flatten(d.attributes);
  }

  std::vector<std::string> inputs;
  for (const auto& input : options.inputs) inputs.push_back(parse_source(input).file);
  if (options.append) check_appendable(path, format);
  io::SafeFile safe =
      options.append ? io::prepare_to_append(path, inputs) : io::prepare_safe_file(path, options.force, inputs);
  const bool appends = safe.replaces.has_value();
  Writer formats;  // what the format's writers need
  try {
    auto created = appends ? io::begin_appended(safe) : io::PositionedFile::create(safe.temporary_path, path);
    safe.inode = created->key().inode;
    if (format == Format::npy)
      io::lay_out_npy(*created, datasets.front(), formats);
    else if (format == Format::raw)
      io::lay_out_raw(*created, datasets.front(), formats);
    else
      io::lay_out_hdf5(created, datasets, {appends, options.file_attributes, options.history, netcdf}, formats);
    Writer w;
    w.put(format);
    io::put_safe_file(w, safe);
    w.put(datasets.size());
    return w.bytes() + formats.bytes();
  } catch (...) {
    if (safe.inode != 0) io::discard(safe);
    throw;
  }
}

std::vector<std::unique_ptr<StoreWriter>> open_writers(const std::string& layout) {
  Reader r(layout);
  const Layout l = read_layout(r);
  const auto file = io::open_temporary(l.file, "writing");
  if (l.file.replaces) io::expect_replaced(*l.file.replaces);
  std::vector<std::unique_ptr<StoreWriter>> writers;
  for (std::size_t i = 0; i < l.datasets; i++)
    writers.push_back(l.format == Format::hdf5 ? io::open_hdf5_writer(file, l.file.temporary_path, r)
                                               : io::open_npy_writer(file, r));
  return writers;
}

std::vector<std::string> place_parts(const std::string& layout, const std::vector<std::vector<std::string>>& parts) {
  Reader r(layout);
  const Layout l = read_layout(r);
  if (l.format != Format::hdf5 || parts.size() != l.datasets)
    throw InternalError(fmt::format("{}: parts of {} datasets, not {}", l.file.final_path, parts.size(), l.datasets));
  return io::place_hdf5_chunks(io::open_temporary(l.file, "placing"), r, parts);
}

void commit_file(const std::string& layout) {
  Reader r(layout);
  io::commit(read_layout(r).file);
}

void discard_file(const std::string& layout) noexcept {
  try {
    Reader r(layout);
    io::discard(read_layout(r).file);
  } catch (...) {  // an unreadable layout names no file
  }
}

}  // namespace tessera

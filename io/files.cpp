#include <tessera/io/files.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include <tessera/io/apart.hpp>
#include <tessera/io/concat_store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/format.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/npy.hpp>
#include <tessera/io/raw.hpp>
#include <tessera/io/scratch.hpp>
#include <tessera/io/temporary_file.hpp>

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

}  // namespace

SourceName parse_source(const std::string& text) {
  const auto at = text.rfind(":/");
  if (at == std::string::npos || at == 0) return {expand_home(text), ""};
  return {expand_home(text.substr(0, at)), text.substr(at + 1)};
}

static std::string describe_here(const std::string& source, const SourceOptions& options, io::Detail detail,
                                 StoreInfo* info) {
  const SourceName name = existing_source(source);
  if (name.file.empty()) throw UsageError("'': not the name of a file");
  const auto file = open_source(name.file);
  const bool raw = !options.raw_dtype.empty() || options.raw_shape || options.raw_offset;
  const Format format = raw ? Format::raw : io::format_of(*file);
  Writer w;
  w.put(format);
  if (format == Format::hdf5) {
    StoreInfo all = io::describe_hdf5(file, name.dataset, options, detail, w);
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

std::string io::describe_one(const std::string& source, const SourceOptions& options, Detail detail, StoreInfo* info) {
  if (files_are_trusted()) return describe_here(source, options, detail, info);
  const std::string both = apart(existing_source(source).file, [&] {
    StoreInfo all;
    Writer w;
    w.put(describe_here(source, options, detail, &all));
    put_info(w, all);
    return w.bytes();
  });
  Reader r(both);
  std::string description = r.get_string();
  if (info != nullptr) *info = get_info(r);
  return description;
}

std::string describe_source(const std::string& source, const SourceOptions& options) {
  return io::describe_one(source, options, io::Detail::all, nullptr);
}

std::shared_ptr<const Store> open_store(const std::string& description) {
  Reader r(description);
  switch (r.get<Format>()) {
    case Format::npy:
    case Format::raw:
      return io::open_npy(r);
    case Format::concat:
      return io::open_joined(r);
    case Format::parts:
      return io::open_joined_info(r);
    default:
      return io::open_hdf5(r);
  }
}

std::optional<StoreParts> open_store_parts(const std::string& description) {
  Reader r(description);
  if (r.get<Format>() != Format::parts) return std::nullopt;
  static_cast<void>(io::get_info(r));
  return io::open_parts(r);
}

std::shared_ptr<const io::PositionedFile> io::hold_source(const std::string& source) {
  return open_source(existing_source(source).file);
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

static FileContents list_here(const std::string& file) {
  const auto opened = open_source(expand_home(file));
  if (io::format_of(*opened) == Format::hdf5) return io::list_hdf5(opened);
  return {{open_store_alone(file)->info()}, {}, {}, {}};
}

FileContents list_file(const std::string& file) {
  if (io::files_are_trusted()) return list_here(file);
  const std::string bytes = io::apart(file, [&] {
    Writer w;
    io::put_contents(w, list_here(file));
    return w.bytes();
  });
  Reader r(bytes);
  return io::get_contents(r);
}

std::vector<StoreInfo> list_datasets(const std::string& file) {
  std::vector<StoreInfo> readable;
  for (auto& dataset : list_file(file).datasets)
    if (auto* info = std::get_if<StoreInfo>(&dataset)) readable.push_back(std::move(*info));
  return readable;
}

bool is_netcdf(const std::string& target) {
  const std::string suffix = io::suffix_of(parse_source(target).file);
  return suffix == ".nc" || suffix == ".nc4" || suffix == ".cdf";
}

bool holds_one_array(const std::string& target) {
  return io::format_to_write(parse_source(target).file) != Format::hdf5;
}

WriteCost write_cost(const std::string& file, const DatasetSpec& dataset) {
  if (io::format_to_write(file) == Format::hdf5) return io::hdf5_write_cost(dataset);
  if (!dataset.compress.empty() && dataset.compress != "none")
    throw UsageError(
        fmt::format("{}: {} files are not compressed; write to a .h5 or .nc file", file, io::suffix_of(file)));
  return {0, io::piece_bytes, false};
}

std::string temporary_file(const std::string& target) { return io::temporary_path(parse_source(target).file); }

}  // namespace tessera

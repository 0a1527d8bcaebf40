#include <tessera/io/formats.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <tessera/io/append_journal.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/npy/npy.hpp>
#include <tessera/io/raw/raw.hpp>

namespace tessera::io {
namespace {

std::vector<const Format*>& table() {
  static std::vector<const Format*> all{
      &raw_format(),  // the first: whoever opens a file may say that it is raw, whatever it looks like
      &npy_format(),
      &hdf5_format(),
  };
  return all;
}

const Format& otherwise() { return hdf5_format(); }  // of targets whose ending says nothing

bool has_ending(const Format& format, const std::string& suffix) {
  const auto endings = format.endings();
  return std::find(endings.begin(), endings.end(), suffix) != endings.end();
}

std::string all_endings() {
  std::string text;
  for (const auto* format : formats())
    for (const auto& ending : format->endings()) text += (text.empty() ? "" : ", ") + ending;
  return text;
}

}  // namespace

TargetMaker::~TargetMaker() = default;
Format::~Format() = default;

FileContents Format::list(const FoundSource& found, Detail) const {
  Writer description;
  return {{describe(found, "", {}, Detail::all, description)}, {}, {}, {}};
}

void Format::check_adding(const std::string& path) const {
  if (holds_one_array()) throw UsageError(fmt::format("{}: it holds one array; nothing is added to such a file", path));
  throw UsageError(fmt::format("{}: nothing is added to {}", path, words()));
}

DatasetSpec Format::grown(const FoundSource& found, const DatasetSpec&) const { refuse_to_grow(found.path, *this); }

std::unique_ptr<TargetMaker> Format::append(const TargetWish& wish, Writer&) const { refuse_to_grow(wish.path, *this); }

void refuse_to_grow(const std::string& path, const Format& format) {
  throw UsageError(
      fmt::format("{}: nothing is appended along an axis of {}; npy and HDF5 files grow", path, format.words()));
}

const std::vector<const Format*>& formats() { return table(); }

void add_format(const Format& format) { table().push_back(&format); }

const Format& format_named(const std::string& name) {
  for (const auto* format : formats())
    if (format->name() == name) return *format;
  throw InternalError(fmt::format("'{}' is no format of this process", name));
}

FoundSource find_source(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return {path, nullptr, {}};
  complete_append(path);
  FoundSource found{path, PositionedFile::open(path), {}};
  found.start.resize(std::min<std::int64_t>(found.file->size(), 64));
  found.file->read(0, reinterpret_cast<std::byte*>(found.start.data()), static_cast<std::int64_t>(found.start.size()));
  return found;
}

const Format* known_format(const FoundSource& found, const SourceOptions& options) {
  for (const auto* format : formats())
    if (format->recognises(found, options)) return format;
  return nullptr;
}

const Format* told_format(const FoundSource& found) {
  constexpr std::size_t shortest_signature = 6;
  return found.file && found.start.size() < shortest_signature ? nullptr : known_format(found);
}

const Format& format_of(const FoundSource& found, const SourceOptions& options) {
  if (const auto* format = known_format(found, options)) return *format;
  refuse_unread(found);
}

std::string suffix_of(const std::string& path) {
  std::string s = std::filesystem::path(path).extension().string();
  for (auto& c : s) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return s;
}

const Format& format_to_write(const std::string& path) {
  const std::string suffix = suffix_of(path);
  for (const auto* format : formats())
    if (has_ending(*format, suffix)) return *format;
  return otherwise();
}

void check_ending(const std::string& path) {
  const std::string suffix = suffix_of(path);
  if (has_ending(format_to_write(path), suffix)) return;
  for (const char* other : {".zarr", ".npz", ".grib", ".grb", ".csv", ".txt", ".tif", ".tiff", ".mat", ".fits"})
    if (suffix == other)
      throw UsageError(fmt::format("{}: {} files are not written; {} are", path, suffix, all_endings()));
}

}  // namespace tessera::io

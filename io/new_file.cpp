// Files that are made: what they hold is laid out on one rank and written by all.
#include <fmt/format.h>

#include <filesystem>

#include <tessera/io/apart.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/files.hpp>
#include <tessera/io/format.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/npy.hpp>
#include <tessera/io/raw.hpp>
#include <tessera/io/safe_file.hpp>

namespace tessera {
namespace {

using io::Format;

/// What stands in a layout before the part of the format's writers.
struct LayoutHead {
  Format format{};
  io::TemporaryName name{};
  std::optional<io::FileKey> added_to{};
  std::size_t datasets = 0;
};

void put_head(Writer& w, const LayoutHead& h) {
  w.put(h.format).put(h.name.final_path).put(h.name.temporary_path).put(h.name.mark);
  w.put(h.added_to.has_value()).put(h.added_to.value_or(io::FileKey{})).put(h.datasets);
}

LayoutHead get_head(Reader& r) {
  LayoutHead h;
  h.format = r.get<Format>();
  h.name.final_path = r.get_string();
  h.name.temporary_path = r.get_string();
  h.name.mark = r.get<io::FileMark>();
  const bool adds = r.get<bool>();
  const auto key = r.get<io::FileKey>();
  if (adds) h.added_to = key;
  h.datasets = r.get<std::size_t>();
  return h;
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
  if (!std::filesystem::exists(path, ignored)) return;
  if (!io::files_are_trusted())
    throw UsageError(fmt::format("{}: nothing is added to a file that is not trusted (option 'untrusted')", path));
  const auto old = io::PositionedFile::open(path);
  if (old->size() == 0 || io::format_of(*old) != Format::hdf5)
    throw UsageError(fmt::format("{}: not an HDF5 file; datasets are only added to HDF5 files", path));
}

/// Whatever is wrong with the wishes and not with the disk.
void check_wishes(const std::string& path, const std::vector<DatasetSpec>& datasets) {
  const std::string suffix = io::suffix_of(path);
  for (const char* other : {".zarr", ".npz", ".grib", ".grb", ".csv", ".txt", ".tif", ".tiff", ".mat", ".fits"})
    if (suffix == other)
      throw UsageError(fmt::format("{}: {} files are not written; .h5, .nc, .npy and .bin are", path, suffix));
  if (datasets.empty()) throw UsageError(fmt::format("{}: nothing to write into it", path));
  if (io::format_to_write(path) != Format::hdf5 && datasets.size() > 1)
    throw UsageError(
        fmt::format("{}: a {} file holds one array, not {}; write to a .h5 file", path, suffix, datasets.size()));
  for (const auto& d : datasets) io::checked_bytes(path, d.shape, item_size(d.dtype));
  for (const auto& d : datasets) static_cast<void>(write_cost(path, d));  // checks the filters
}

io::SafeFile make_file(const std::string& path, const CreateOptions& options) {
  std::vector<std::string> inputs;
  for (const auto& input : options.inputs) inputs.push_back(parse_source(input).file);
  return io::SafeFile(path,
                      options.append  ? io::Existing::added_to
                      : options.force ? io::Existing::replaced
                                      : io::Existing::refused,
                      inputs);
}

}  // namespace

struct NewFile::State {
  io::SafeFile file;
  std::string layout{};
};

NewFile::NewFile(const std::string& path, const std::vector<DatasetSpec>& given, const CreateOptions& wishes) {
  std::vector<DatasetSpec> datasets = given;
  CreateOptions options = wishes;
  check_wishes(path, datasets);
  const bool netcdf = is_netcdf(path);
  if (netcdf) {
    flatten(options.file_attributes);
    for (auto& d : datasets) flatten(d.attributes);
  }
  const Format format = io::format_to_write(path);
  if (options.append) check_appendable(path, format);
  state_.reset(new State{.file = make_file(path, options)});
  const io::SafeFile& made = state_->file;
  Writer w;
  put_head(w, {format, made.name(), made.added_to(), datasets.size()});
  if (format == Format::npy)
    io::lay_out_npy(*made.file(), datasets.front(), w);
  else if (format == Format::raw)
    io::lay_out_raw(*made.file(), datasets.front(), w);
  else
    io::lay_out_hdf5(made.file(), datasets,
                     {made.added_to().has_value(), options.file_attributes, options.history, netcdf}, w);
  state_->layout = w.bytes();
}

NewFile::NewFile(NewFile&&) noexcept = default;
NewFile::~NewFile() = default;

const std::string& NewFile::layout() const { return state_->layout; }

std::vector<std::string> NewFile::place_parts(const std::vector<std::vector<std::string>>& parts) {
  Reader r(state_->layout);
  const LayoutHead head = get_head(r);
  if (head.format != Format::hdf5 || parts.size() != head.datasets)
    throw InternalError(
        fmt::format("{}: parts of {} datasets, not {}", head.name.final_path, parts.size(), head.datasets));
  return io::place_hdf5_chunks(state_->file.file()->again(), r, parts);
}

void NewFile::commit() { state_->file.commit(); }

std::vector<std::unique_ptr<StoreWriter>> open_writers(const std::string& layout) {
  Reader r(layout);
  const LayoutHead head = get_head(r);
  const auto file = io::open_temporary(head.name, "writing");
  if (head.added_to) io::expect_replaced(*head.added_to);
  std::vector<std::unique_ptr<StoreWriter>> writers;
  for (std::size_t i = 0; i < head.datasets; i++)
    writers.push_back(head.format == Format::hdf5 ? io::open_hdf5_writer(file, head.name.temporary_path, r)
                                                  : io::open_npy_writer(file, r));
  return writers;
}

}  // namespace tessera

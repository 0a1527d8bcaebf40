// HDF5 in the table of formats; also in a build without the library, which recognises such files and says why it can't
// read them.
#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include <tessera/io/apart.hpp>
#include <tessera/io/file_format.hpp>
#include <tessera/io/formats.hpp>
#include <tessera/io/hdf5/grow.hpp>
#include <tessera/io/hdf5/hdf5.hpp>

namespace tessera::io {
namespace {

constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";

// Before the signature there may be a user block: it is then at 512, 1024, 2048, ...
bool has_signature_behind(const PositionedFile& file) {
  constexpr auto bytes = static_cast<std::int64_t>(signature.size());
  for (std::int64_t at = 512; at <= file.size() - bytes && at > 0; at *= 2) {
    std::string there(signature.size(), '\0');
    file.read(at, reinterpret_cast<std::byte*>(there.data()), bytes);
    if (there == signature) return true;
  }
  return false;
}

// NetCDF's attributes are lists at most: its programs can't open a file in which one has more axes.
void flatten(std::vector<Attribute>& attributes) {
  for (auto& a : attributes)
    if (a.shape && a.shape->size() > 1) a.shape = Dims{num_elements(*a.shape)};
}

void refuse_untrusted(const std::string& path) {
  if (!files_are_trusted())
    throw UsageError(fmt::format("{}: nothing is added to a file that is not trusted (option 'untrusted')", path));
}

class Hdf5Format final : public FileFormat {
 public:
  std::string name() const override { return "hdf5"; }
  std::string words() const override { return "an HDF5 file"; }

  bool recognises(const FoundSource& found, const SourceOptions&) const override {
    if (found.start.empty()) return false;
    return found.start.starts_with(signature.substr(0, found.start.size())) || has_signature_behind(*found.file);
  }
  StoreInfo describe(const FoundSource& found, const std::string& dataset, const SourceOptions& options, Detail detail,
                     Writer& description) const override {
    return describe_hdf5(found.file, dataset, options, detail, description);
  }
  std::shared_ptr<const Store> open(Reader& description, Opening opening) const override {
    return open_hdf5(description, opening);
  }
  FileContents list(const FoundSource& found, Detail detail) const override { return list_hdf5(found.file, detail); }
  DimensionThere find_dimension(const FoundSource& found, const std::string& dimension) const override {
    return find_hdf5_dimension(found.file, dimension);
  }

  std::vector<std::string> endings() const override { return {".h5", ".nc"}; }
  bool is_for_netcdf(const std::string& path) const override {
    const std::string suffix = suffix_of(path);
    return suffix == ".nc" || suffix == ".nc4" || suffix == ".cdf";
  }
  WriteCost cost(const std::string&, const DatasetSpec& dataset) const override { return hdf5_write_cost(dataset); }
  void check_adding(const std::string& path) const override {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return;
    refuse_untrusted(path);
    const auto found = find_source(path);
    if (found.start.empty() || &format_of(found) != this)
      throw UsageError(fmt::format("{}: not an HDF5 file; datasets are only added to HDF5 files", path));
  }

  void lay_out(const std::shared_ptr<const PositionedFile>& file, const TargetWish& wish, bool adds,
               Writer& layout) const override {
    TargetWish w = wish;
    const bool netcdf = is_for_netcdf(w.path);
    if (netcdf) {
      flatten(w.options.file_attributes);
      for (auto& d : w.datasets) flatten(d.attributes);
    }
    lay_out_hdf5(file, w.datasets, {adds, w.options.file_attributes, w.options.history, netcdf}, layout);
  }

  bool can_grow() const override { return true; }
  DatasetSpec grown(const FoundSource& found, const DatasetSpec& dataset) const override {
    refuse_untrusted(found.path);
    return grown_hdf5(found.file, dataset, is_for_netcdf(found.path));
  }
  std::unique_ptr<GrowingFile> grow(AppendedFile& file, const TargetWish& wish, Writer& layout) const override {
    refuse_untrusted(wish.path);
    const bool netcdf = is_for_netcdf(wish.path);
    std::vector<DatasetSpec> datasets = wish.datasets;
    if (netcdf)
      for (auto& d : datasets) flatten(d.attributes);
    return grow_hdf5(file, datasets, {true, {}, {}, netcdf}, layout);
  }
  std::unique_ptr<TargetWriters> writers(const std::shared_ptr<const PositionedFile>& file,
                                         const std::string& temporary_path, std::size_t datasets,
                                         Reader& layout) const override {
    return open_hdf5_writers(file, temporary_path, datasets, layout);
  }
  std::string reply(const std::shared_ptr<const PositionedFile>& file, std::size_t datasets, Reader& layout,
                    const std::vector<std::string>& reports) const override {
    return place_hdf5_chunks(file, datasets, layout, reports);
  }
};

}  // namespace

const Format& hdf5_format() {
  static const Hdf5Format format;
  return format;
}

}  // namespace tessera::io

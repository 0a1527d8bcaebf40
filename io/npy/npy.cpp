#include <tessera/io/npy/npy.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include <tessera/io/dense_array.hpp>
#include <tessera/io/file_format.hpp>
#include <tessera/io/growth.hpp>
#include <tessera/io/npy/npy_header.hpp>
#include <tessera/io/temporary_file.hpp>

namespace tessera::io {
namespace {

struct Found {
  NpyHeader header;
  std::string text;      // the header's bytes
  std::int64_t end = 0;  // of the elements
};

/// Of a file that has as many bytes as it says. More may be there when something is being appended, or was, when a process
/// was killed.
Found look_at(const PositionedFile& file) {
  const std::string& path = file.name();
  Found found;
  std::string start(static_cast<std::size_t>(std::min<std::int64_t>(12, file.size())), '\0');
  file.read(0, reinterpret_cast<std::byte*>(start.data()), static_cast<std::int64_t>(start.size()));
  const std::int64_t header_bytes = npy_header_bytes(path, start);
  if (header_bytes > file.size())
    throw IoError(fmt::format("{}: file is truncated: the npy header needs {} bytes, file has {}", path, header_bytes,
                              file.size()));
  found.text.resize(header_bytes);
  file.read(0, reinterpret_cast<std::byte*>(found.text.data()), header_bytes);
  const NpyHeader& h = found.header = parse_npy_header(path, found.text);

  const std::int64_t item = item_size(h.encoding.dtype), bytes = checked_bytes(path, h.shape, item);
  const std::int64_t held = file.size() - h.data_offset;
  if (bytes > held)
    throw IoError(fmt::format("{}: file is truncated: shape {} of {} needs {} bytes, file has {}", path,
                              to_string(h.shape), to_string(h.encoding.dtype), bytes, held));
  found.end = h.data_offset + bytes;
  if (bytes < held && !may_be_appended_to(path))
    throw IoError(
        fmt::format("{}: {} bytes behind the array of shape {}: several arrays in a file, or a damaged header", path,
                    held - bytes, to_string(h.shape)));
  return found;
}

int growing_axis(const NpyHeader& h) { return h.fortran_order ? h.shape.size() - 1 : 0; }

void check_can_grow(const std::string& path, const Found& found, const DatasetSpec& dataset) {
  const NpyHeader& h = found.header;
  check_growth(path, h.shape, h.encoding.half ? DType::float32 : h.encoding.dtype, dataset);
  const auto refuse = [&](const std::string& why) {
    throw UsageError(fmt::format("{}: nothing can be appended to it in place: {}; tessera copy {} makes one that grows",
                                 path, why, path + " new.npy"));
  };
  if (h.encoding.half || h.encoding.swapped)
    refuse(h.encoding.half ? "its elements are float16" : "its elements have another byte order");
  if (dataset.growth->axis != growing_axis(h))
    throw UsageError(fmt::format("{}: an npy file of {} order grows along axis {}, not {}; a .h5 file grows along any",
                                 path, h.fortran_order ? "Fortran" : "C", growing_axis(h), dataset.growth->axis));
  if (!grown_npy_header(found.text, h, INT64_MAX)) refuse("its header has no room for a larger shape");
}

class GrowingNpy final : public GrowingFile {
 public:
  explicit GrowingNpy(Patch header) : header_(std::move(header)) {}
  std::vector<Patch> patches() override { return {header_}; }

 private:
  Patch header_;
};

class NpyFormat final : public FileFormat {
 public:
  std::string name() const override { return "npy"; }
  std::string words() const override { return "an npy file"; }
  bool holds_one_array() const override { return true; }

  // Also what was cut off behind a few bytes, which is then said.
  bool recognises(const FoundSource& found, const SourceOptions&) const override {
    return !found.start.empty() && found.start.starts_with(npy_magic.substr(0, found.start.size()));
  }
  StoreInfo describe(const FoundSource& found, const std::string&, const SourceOptions&, Detail,
                     Writer& description) const override {
    const NpyHeader h = look_at(*found.file).header;
    StoreInfo info;
    info.format = name();
    info.shape = h.shape;
    info.identity = identity_of(*found.file, "");
    return describe_dense(*found.file, std::move(info), {h.encoding, h.fortran_order, h.data_offset}, description);
  }
  std::shared_ptr<const Store> open(Reader& description, Opening opening) const override {
    return open_dense(description, opening);
  }

  std::vector<std::string> endings() const override { return {".npy"}; }
  WriteCost cost(const std::string& path, const DatasetSpec& dataset) const override {
    return dense_cost(path, dataset);
  }
  void lay_out(const std::shared_ptr<const PositionedFile>& file, const TargetWish& wish, bool,
               Writer& layout) const override {
    const DatasetSpec& dataset = wish.datasets.front();
    lay_out_dense(*file, make_npy_header(dataset.shape, dataset.dtype), dataset, layout);
  }

  bool can_grow() const override { return true; }
  DatasetSpec grown(const FoundSource& found, const DatasetSpec& dataset) const override {
    const Found there = look_at(*found.file);
    check_can_grow(found.path, there, dataset);
    DatasetSpec spec = dataset;
    spec.growth->from = there.header.shape[spec.growth->axis];
    return spec;
  }
  std::unique_ptr<GrowingFile> grow(AppendedFile& file, const TargetWish& wish, Writer& layout) const override {
    const DatasetSpec& dataset = wish.datasets.front();
    const Found found = look_at(*file.file());
    check_can_grow(wish.path, found, dataset);
    const std::int64_t length = found.header.shape[dataset.growth->axis];
    expect_length(wish.path, length, dataset);
    const auto header = grown_npy_header(found.text, found.header, length + dataset.shape[dataset.growth->axis]);
    file.cut(found.end);
    grow_dense(*file.file(), found.end, dataset, found.header.fortran_order, layout);
    return std::make_unique<GrowingNpy>(Patch{0, found.text, header.value()});
  }
  std::unique_ptr<TargetWriters> writers(const std::shared_ptr<const PositionedFile>& file, const std::string&,
                                         std::size_t, Reader& layout) const override {
    return dense_writers(file, layout);
  }
};

}  // namespace

const Format& npy_format() {
  static const NpyFormat format;
  return format;
}

}  // namespace tessera::io

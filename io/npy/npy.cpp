#include <tessera/io/npy/npy.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include <tessera/io/dense_array.hpp>
#include <tessera/io/file_format.hpp>
#include <tessera/io/npy/npy_header.hpp>

namespace tessera::io {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

/// The header of a file that has as many bytes as it says.
NpyHeader read_header(const PositionedFile& file) {
  const std::string& path = file.name();
  std::string start(static_cast<std::size_t>(std::min<std::int64_t>(12, file.size())), '\0');
  file.read(0, reinterpret_cast<std::byte*>(start.data()), static_cast<std::int64_t>(start.size()));
  const std::int64_t header_bytes = npy_header_bytes(path, start);
  if (header_bytes > file.size())
    throw IoError(fmt::format("{}: file is truncated: the npy header needs {} bytes, file has {}", path, header_bytes,
                              file.size()));
  std::string header(static_cast<std::size_t>(header_bytes), '\0');
  file.read(0, reinterpret_cast<std::byte*>(header.data()), header_bytes);
  const NpyHeader h = parse_npy_header(path, header);

  const std::int64_t item = item_size(h.encoding.dtype), bytes = checked_bytes(path, h.shape, item);
  const std::int64_t held = file.size() - h.data_offset;
  if (bytes > held)
    throw IoError(fmt::format("{}: file is truncated: shape {} of {} needs {} bytes, file has {}", path,
                              to_string(h.shape), to_string(h.encoding.dtype), bytes, held));
  if (bytes < held)
    throw IoError(
        fmt::format("{}: {} bytes behind the array of shape {}: several arrays in a file, or a damaged header", path,
                    held - bytes, to_string(h.shape)));
  return h;
}

class NpyFormat final : public FileFormat {
 public:
  std::string name() const override { return "npy"; }
  std::string words() const override { return "an npy file"; }
  bool holds_one_array() const override { return true; }

  // Also what was cut off behind a few bytes, which is then said.
  bool recognises(const FoundSource& found, const SourceOptions&) const override {
    return !found.start.empty() && found.start.starts_with(magic.substr(0, found.start.size()));
  }
  StoreInfo describe(const FoundSource& found, const std::string&, const SourceOptions&, Detail,
                     Writer& description) const override {
    const NpyHeader h = read_header(*found.file);
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

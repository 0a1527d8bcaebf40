#include <tessera/io/npy.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/io/description.hpp>
#include <tessera/io/half_store.hpp>
#include <tessera/io/npy_header.hpp>
#include <tessera/io/region.hpp>

namespace tessera::io {
namespace {

Dims reversed(const Dims& d) {
  Dims r = d;
  std::reverse(r.begin(), r.end());
  return r;
}

// Fortran order is a row-major array with its axes reversed: shape, box and strides are reversed on the way to the
// file.
class NpyStore final : public Store {
 public:
  NpyStore(std::shared_ptr<const PositionedFile> file, StoreInfo info, Encoding encoding, bool fortran,
           std::int64_t offset)
      : file_(std::move(file)),
        info_(std::move(info)),
        encoding_(encoding),
        fortran_(fortran),
        region_{offset, fortran ? reversed(info_.shape) : info_.shape, item_size(encoding.dtype)} {}

  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    read_region(*file_, region_, in_file(box), to, fortran_ ? reversed(strides) : strides);
    to_host(encoding_, box.extent, to, strides);
  }
  void prefetch(const Box& box) const override { prefetch_region(*file_, region_, in_file(box), 64); }
  std::int64_t scratch_bytes(const Dims&) const override { return region_scratch_bytes; }
  std::int64_t file_bytes(const Box& box) const override { return region_bytes(region_, in_file(box)); }
  void verify() const override { file_->verify(); }

 private:
  Box in_file(const Box& box) const { return fortran_ ? Box{reversed(box.lo), reversed(box.extent)} : box; }
  std::shared_ptr<const PositionedFile> file_;
  StoreInfo info_;
  Encoding encoding_;
  bool fortran_;
  Region region_;
};

class NpyWriter final : public StoreWriter {
 public:
  NpyWriter(std::shared_ptr<const PositionedFile> file, Region region) : file_(std::move(file)), region_(region) {}
  std::int64_t write(const Box& box, const std::byte* from, const Dims& strides) override {
    write_region(*file_, region_, box, from, strides);
    return box.size() * region_.item;
  }
  std::int64_t scratch_bytes(const Dims&) const override { return region_scratch_bytes; }
  void flush() override { file_->sync(); }

 private:
  std::shared_ptr<const PositionedFile> file_;
  Region region_;
};

}  // namespace

void describe_npy(const std::shared_ptr<const PositionedFile>& file, Writer& description) {
  const std::string& path = file->name();
  std::string start(static_cast<std::size_t>(std::min<std::int64_t>(12, file->size())), '\0');
  file->read(0, reinterpret_cast<std::byte*>(start.data()), static_cast<std::int64_t>(start.size()));
  const std::int64_t header_bytes = npy_header_bytes(path, start);
  if (header_bytes > file->size())
    throw IoError(fmt::format("{}: file is truncated: the npy header needs {} bytes, file has {}", path, header_bytes,
                              file->size()));
  std::string header(static_cast<std::size_t>(header_bytes), '\0');
  file->read(0, reinterpret_cast<std::byte*>(header.data()), header_bytes);
  const NpyHeader h = parse_npy_header(path, header);

  const std::int64_t item = item_size(h.encoding.dtype), bytes = checked_bytes(path, h.shape, item);
  const std::int64_t held = file->size() - h.data_offset;
  if (bytes > held)
    throw IoError(fmt::format("{}: file is truncated: shape {} of {} needs {} bytes, file has {}", path,
                              to_string(h.shape), to_string(h.encoding.dtype), bytes, held));
  if (bytes < held)
    throw IoError(
        fmt::format("{}: {} bytes behind the array of shape {}: several arrays in a file, or a damaged header", path,
                    held - bytes, to_string(h.shape)));
  StoreInfo info;
  info.name = path;
  info.format = "npy";
  info.shape = h.shape;
  info.dtype = h.encoding.dtype;
  info.stored_bytes = bytes;
  info.grid = auto_chunks(h.fortran_order ? reversed(h.shape) : h.shape, item);
  if (h.fortran_order) info.grid = ChunkGrid::regular(h.shape, reversed(info.grid.largest()));
  info.identity = identity_of(file->key(), "");
  info.indivisible = Dims::filled(h.shape.size(), 1);
  put_info(description, info);
  description.put(path).put(file->key()).put(h.encoding).put(h.fortran_order).put(h.data_offset);
}

std::shared_ptr<const Store> open_npy(Reader& description, Opening opening) {
  StoreInfo info = get_info(description);
  const std::string path = description.get_string();
  auto file = open_described(path, description.get<FileKey>(), opening);
  const auto encoding = description.get<Encoding>();
  const bool fortran = description.get<bool>();
  const auto offset = description.get<std::int64_t>();
  auto store = std::make_shared<NpyStore>(std::move(file), std::move(info), encoding, fortran, offset);
  if (encoding.half) return make_half_store(std::move(store));
  return store;
}

void lay_out_npy(const PositionedFile& file, const DatasetSpec& dataset, Writer& layout) {
  const std::string header = make_npy_header(dataset.shape, dataset.dtype);
  const auto header_bytes = static_cast<std::int64_t>(header.size());
  const std::int64_t item = item_size(dataset.dtype), bytes = checked_bytes(file.name(), dataset.shape, item);
  file.reserve(header_bytes + bytes);
  file.write(0, reinterpret_cast<const std::byte*>(header.data()), header_bytes);
  file.resize(header_bytes + bytes);
  layout.put(header_bytes).put(item);
  put_dims(layout, dataset.shape);
}

std::unique_ptr<StoreWriter> open_npy_writer(std::shared_ptr<const PositionedFile> file, Reader& layout) {
  Region region;
  region.offset = layout.get<std::int64_t>();
  region.item = layout.get<std::int64_t>();
  region.shape = get_dims(layout);
  return std::make_unique<NpyWriter>(std::move(file), region);
}

}  // namespace tessera::io

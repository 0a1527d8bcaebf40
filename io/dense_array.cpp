#include <tessera/io/dense_array.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/io/file_format.hpp>
#include <tessera/io/formats.hpp>
#include <tessera/io/half_store.hpp>
#include <tessera/io/region.hpp>
#include <tessera/io/scratch.hpp>

namespace tessera::io {
namespace {

Dims reversed(const Dims& d) {
  Dims r = d;
  std::reverse(r.begin(), r.end());
  return r;
}

// Fortran order is a row-major array with its axes reversed: shape, box and strides are reversed on the way to the
// file.
class DenseStore final : public Store {
 public:
  DenseStore(std::shared_ptr<const PositionedFile> file, StoreInfo info, Encoding encoding, bool fortran,
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

class DenseWriter final : public StoreWriter {
 public:
  DenseWriter(std::shared_ptr<const PositionedFile> file, Region region, bool fortran)
      : file_(std::move(file)), region_(region), fortran_(fortran) {}
  std::int64_t write(const Box& box, const std::byte* from, const Dims& strides) override {
    const Box there = fortran_ ? Box{reversed(box.lo), reversed(box.extent)} : box;
    write_region(*file_, region_, there, from, fortran_ ? reversed(strides) : strides);
    begin_write_back(*file_, region_, there);
    return box.size() * region_.item;
  }

 private:
  std::shared_ptr<const PositionedFile> file_;
  Region region_;  // row-major, as DenseStore's
  bool fortran_;
};

void put_dense_layout(Writer& layout, const Region& region, bool fortran) {
  layout.put(region.offset).put(region.item);
  put_dims(layout, region.shape);
  layout.put(fortran);
}

}  // namespace

StoreInfo describe_dense(const PositionedFile& file, StoreInfo info, const DenseArray& array, Writer& description) {
  const std::int64_t item = item_size(array.encoding.dtype);
  info.name = file.name();
  info.dtype = array.encoding.dtype;
  info.stored_bytes = checked_bytes(file.name(), info.shape, item);
  info.grid = auto_chunks(array.fortran ? reversed(info.shape) : info.shape, item);
  if (array.fortran) info.grid = ChunkGrid::regular(info.shape, reversed(info.grid.largest()));
  info.indivisible = Dims::filled(info.shape.size(), 1);
  put_info(description, info);
  description.put(file.name()).put(file.key()).put(array.encoding).put(array.fortran).put(array.offset);
  if (array.encoding.half) info.dtype = DType::float32;
  return info;
}

std::shared_ptr<const Store> open_dense(Reader& description, Opening opening) {
  StoreInfo info = get_info(description);
  const std::string path = description.get_string();
  auto file = open_described(path, description.get<FileKey>(), opening);
  const auto encoding = description.get<Encoding>();
  const bool fortran = description.get<bool>();
  const auto offset = description.get<std::int64_t>();
  auto store = std::make_shared<DenseStore>(std::move(file), std::move(info), encoding, fortran, offset);
  if (encoding.half) return make_half_store(std::move(store));
  return store;
}

void lay_out_dense(const PositionedFile& file, const std::string& header, const DatasetSpec& dataset, Writer& layout) {
  const auto header_bytes = static_cast<std::int64_t>(header.size());
  const std::int64_t item = item_size(dataset.dtype), bytes = checked_bytes(file.name(), dataset.shape, item);
  file.reserve(header_bytes + bytes);
  file.write(0, reinterpret_cast<const std::byte*>(header.data()), header_bytes);
  file.resize(header_bytes + bytes);
  put_dense_layout(layout, {header_bytes, dataset.shape, item}, false);
}

void grow_dense(const PositionedFile& file, std::int64_t end, const DatasetSpec& dataset, bool fortran,
                Writer& layout) {
  const std::int64_t item = item_size(dataset.dtype), bytes = checked_bytes(file.name(), dataset.shape, item);
  if (bytes > 0) file.reserve(end + bytes);
  file.resize(end + bytes);
  put_dense_layout(layout, {end, fortran ? reversed(dataset.shape) : dataset.shape, item}, fortran);
}

std::unique_ptr<TargetWriters> dense_writers(const std::shared_ptr<const PositionedFile>& file, Reader& layout) {
  Region region;
  region.offset = layout.get<std::int64_t>();
  region.item = layout.get<std::int64_t>();
  region.shape = get_dims(layout);
  const bool fortran = layout.get<bool>();
  std::vector<std::unique_ptr<StoreWriter>> datasets;
  datasets.push_back(std::make_unique<DenseWriter>(file, region, fortran));
  return std::make_unique<FileWriters>(file, std::move(datasets));
}

WriteCost dense_cost(const std::string& path, const DatasetSpec& dataset) {
  if (!dataset.compress.empty() && dataset.compress != "none")
    throw UsageError(fmt::format("{}: {} files are not compressed; write to a .h5 or .nc file", path, suffix_of(path)));
  return {0, region_scratch_bytes, false};
}

}  // namespace tessera::io

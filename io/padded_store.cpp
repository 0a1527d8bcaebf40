#include <tessera/io/padded_store.hpp>

#include <algorithm>

namespace tessera::io {
namespace {

class PaddedStore final : public Store {
 public:
  PaddedStore(std::shared_ptr<const Store> stored, StoreInfo info, const RawElement& value)
      : stored_(std::move(stored)), info_(std::move(info)), value_(value) {}

  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    // Axis by axis: what lies behind the end is filled, and the rest goes on to the next axis.
    Box rest = box;
    for (int i = 0; i < box.rank() && !rest.empty(); i++) {
      const std::int64_t there = std::clamp<std::int64_t>(stored_->info().shape[i] - box.lo[i], 0, box.extent[i]);
      Dims behind = rest.extent;
      behind[i] -= there;
      fill(value_, item_size(info_.dtype), behind, to + there * strides[i], strides);
      rest.extent[i] = there;
    }
    if (!rest.empty()) stored_->read(rest, to, strides);
  }
  void prefetch(const Box& box) const override {
    if (const Box part = stored_part(box); !part.empty()) stored_->prefetch(part);
  }
  std::int64_t scratch_bytes(const Dims& extent) const override { return stored_->scratch_bytes(extent); }
  std::int64_t file_bytes(const Box& box) const override {
    const Box part = stored_part(box);
    return part.empty() ? 0 : stored_->file_bytes(part);
  }
  void verify() const override { stored_->verify(); }

 private:
  Box stored_part(const Box& box) const { return intersect(box, Box::whole(stored_->info().shape)); }

  std::shared_ptr<const Store> stored_;
  StoreInfo info_;
  RawElement value_;
};

}  // namespace

StoreInfo padded_info(StoreInfo info, const Shape& shape, const Dims& chunk) {
  info.shape = shape;
  info.grid = chunk.empty() ? auto_chunks(shape, item_size(info.dtype)) : ChunkGrid::regular(shape, chunk);
  if (!info.filters.empty())
    for (int i = 0; i < shape.size(); i++)
      info.indivisible[i] = std::max<std::int64_t>(1, std::min(chunk[i], shape[i]));
  return info;
}

std::shared_ptr<const Store> make_padded_store(std::shared_ptr<const Store> stored, const Shape& shape,
                                               const Dims& chunk, const RawElement& value) {
  StoreInfo info = padded_info(stored->info(), shape, chunk);
  return std::make_shared<PaddedStore>(std::move(stored), std::move(info), value);
}

}  // namespace tessera::io

#include <tessera/distributed/resident.hpp>

namespace tessera {

SlabArray::SlabArray(DType dtype, Distribution distribution, int rank, std::uint64_t identity, std::int64_t session,
                     std::shared_ptr<MemoryPool> pool)
    : ResidentArray(dtype, std::move(distribution), rank, identity, session) {
  const auto& d = this->distribution();
  std::int64_t elements = 0;
  if (d.has_runs() && d.is_row_major()) {
    first_ = grid().count() ? grid().elements_before(d.run_begin(rank)) : 0;
    elements = d.elements(rank);
  } else {
    d.for_each_owned(rank, [&](const Dims& at) {
      offsets_[grid().linear(at)] = elements;
      elements += grid().box(at).size();
    });
  }
  slab_ = Buffer(std::move(pool), elements * item_size(dtype), "a resident array");
}

const ResidentArray& ResidentArray::on_host(Device&, const std::shared_ptr<MemoryPool>&) const { return *this; }

const ResidentArray& SlabArray::on_host(Device& device, const std::shared_ptr<MemoryPool>& pool) const {
  if (space() == Space::host) return *this;
  std::lock_guard lock(mutex_);
  if (copy_) return *copy_;
  auto copy = std::make_unique<SlabArray>(dtype(), distribution(), rank(), identity(), session(), pool);
  const Stream stream{};
  device.copy(stream, {bytes()}, 1, {data(), {1}, space()}, {copy->data(), {1}});
  device.wait(stream);
  copy_ = std::move(copy);
  return *copy_;
}

const ResidentArray& BorrowedArray::on_host(Device& device, const std::shared_ptr<MemoryPool>& pool) const {
  if (space() == Space::host) return *this;
  std::lock_guard lock(mutex_);
  if (copy_) return *copy_;
  auto copy = std::make_unique<SlabArray>(dtype(), distribution(), rank(), identity(), session(), pool);
  const Stream stream{};
  distribution().for_each_owned(rank(), [&](const Dims& at) {
    const HeldBox to = copy->chunk(at);
    device.copy(stream, to.held.extent, item_size(dtype()), input_at(block_, to.held.lo), output_at(to, to.held.lo));
  });
  device.wait(stream);
  copy_ = std::move(copy);
  return *copy_;
}

HeldBox SlabArray::chunk(const Dims& at) const {
  HeldBox h;
  h.held = grid().box(at);
  const std::int64_t chunk = grid().linear(at);
  const std::int64_t offset = offsets_.empty() ? grid().elements_before(chunk) - first_ : offsets_.at(chunk);
  h.data = slab_.data() + offset * item_size(dtype());
  h.space = slab_.space();
  h.strides = row_major_strides(h.held.extent, item_size(dtype()));
  return h;
}

}  // namespace tessera

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

#include <tessera/distributed/execute/held_rows.hpp>

#include <tessera/core/item_words.hpp>

namespace tessera {
namespace {

template <class T>
void copy_all(const std::byte* from, const std::int64_t* positions, std::int64_t rows, std::byte* to,
              std::int64_t step) {
  for (std::int64_t i = 0; i < rows; i++)
    std::memcpy(to + i * step, from + positions[i] * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
}

}  // namespace

HeldRows::HeldRows(Execution& x, const ResidentArray& array, const ChunkOrder& order, Stream stream)
    : x_(&x), array_(&array), order_(&order), stream_(stream), item_(item_size(array.dtype())) {
  const std::byte* base = nullptr;
  bool flat = array.space() == Space::host;
  array.distribution().for_each_owned(x.comm.rank(), [&](const Dims& at) {
    if (!flat) return;
    const HeldBox h = array.chunk(at);
    const Dims dense = row_major_strides(h.held.extent, item_);
    for (int i = 0; i < dense.size(); i++) flat = flat && (h.held.extent[i] <= 1 || h.strides[i] == dense[i]);
    const std::int64_t begin = order.position(h.held.lo);
    if (!base) base = h.data - begin * item_;
    flat = flat && h.data == base + begin * item_ && h.held == array.grid().box(at);
  });
  if (flat) flat_ = base;
}

void HeldRows::copy_elements(const std::int64_t* positions, std::int64_t rows, std::byte* to, std::int64_t step) const {
  visit_item_word(item_, [&]<class T>(T) { copy_all<T>(flat_, positions, rows, to, step); });
}

void HeldRows::copy_each(const std::int64_t* positions, std::int64_t rows, std::int64_t length, std::byte* to,
                         std::int64_t step) {
  for (std::int64_t i = 0; i < rows; i++) copy_row(positions[i], length, to + i * step);
}

// Along the last axis, one line after another.
void HeldRows::copy_row(std::int64_t position, std::int64_t length, std::byte* to) {
  if (position < chunk_.begin || position >= chunk_.end) {
    chunk_ = order_->find(position);
    held_ = array_->chunk(chunk_.coordinates);
  }
  const int last = chunk_.box.rank() - 1;
  while (length > 0) {
    const Dims at = ChunkOrder::index(chunk_, position);
    const std::int64_t line = last < 0 ? 1 : std::min(length, chunk_.box.lo[last] + chunk_.box.extent[last] - at[last]);
    const std::int64_t stride = last < 0 ? item_ : held_.strides[last];
    x_->copy(stream_, {line}, item_, {address(held_, at), {stride}, held_.space}, {to, {item_}});
    position += line, length -= line, to += line * item_;
  }
}

}  // namespace tessera

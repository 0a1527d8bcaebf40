#include <tessera/core/reshaped_store.hpp>

#include <algorithm>
#include <cstdlib>

#include <tessera/core/axis_groups.hpp>
#include <tessera/core/cpu/kernel.hpp>
#include <tessera/core/row_runs.hpp>

namespace tessera {
namespace {

// Of a view with steps a box is read from its first to its last element, into memory of this size.
constexpr std::int64_t piece_bytes = 256 << 10;
constexpr int most_prefetched = 64;  // boxes

Amount product(const Dims& extent) {
  Amount n = 1;
  for (const auto e : extent) n *= e;
  return n;
}

/// The largest box of a range of so many elements: of whole last axes.
Dims last_axes_first(const Shape& shape, std::int64_t elements) {
  Dims extent = shape;
  for (int i = shape.size() - 1; i >= 0; i--) {
    extent[i] = std::min(shape[i], std::max<std::int64_t>(1, elements));
    elements /= std::max<std::int64_t>(1, extent[i]);
  }
  return extent;
}

/// True when each box that is seen is a box of the dataset, with its elements once and in order along each axis.
bool has_no_gaps(const IndexTransform& seen) {
  std::uint32_t used = 0;
  for (const auto& a : seen.axes()) {
    if (a.from < 0) continue;
    if (a.stride != 1 || (used >> a.from & 1u)) return false;
    used |= 1u << a.from;
  }
  return !seen.repeats();
}

/// The elements of the new shape that a compressed chunk is spread over, as a box: the range of positions from its first
/// to its last, rounded up to whole rows.
Dims indivisible(const StoreInfo& stored, const IndexTransform& seen, const Shape& shape) {
  Dims whole = Dims::filled(shape.size(), 1);
  if (stored.filters.empty()) return whole;
  Dims chunk;
  for (const auto e : seen.output()) chunk.push_back(std::max<std::int64_t>(1, e));
  for (int j = 0; j < seen.input_rank(); j++)
    if (const auto& a = seen.axis(j); a.from >= 0)
      chunk[a.from] = std::clamp<std::int64_t>(stored.indivisible[j] / std::max<std::int64_t>(1, std::abs(a.stride)), 1,
                                               chunk[a.from]);
  for (const auto& g : axis_groups(seen.output(), shape)) {
    int first = g.from.begin;
    while (first < g.from.end && chunk[first] == 1) first++;
    std::int64_t range = 1;
    for (int i = first; i < g.from.end; i++) range *= i == first ? chunk[i] : seen.output()[i];
    for (int i = g.to.end - 1; i >= g.to.begin && range > 1; i--) {
      whole[i] = std::min(range, std::max<std::int64_t>(1, shape[i]));
      range = ceil_div(range, whole[i]);
    }
  }
  return whole;
}

StoreInfo reshaped(const StoreInfo& stored, const IndexTransform& seen, const Shape& shape) {
  StoreInfo info = stored;
  info.shape = shape;
  info.indivisible = indivisible(stored, seen, shape);
  info.chunked = false;
  info.grid = stored.filters.empty() ? auto_chunks(shape, item_size(stored.dtype))
                                     : ChunkGrid::regular(shape, info.indivisible);
  const std::int64_t all = (Amount(num_elements(shape)) * item_size(stored.dtype)).value();
  if (stored.filters.empty() || num_elements(stored.shape) == 0) {
    info.stored_bytes = all;
  } else {
    const double part = static_cast<double>(num_elements(shape)) / static_cast<double>(num_elements(stored.shape));
    info.stored_bytes = static_cast<std::int64_t>(std::min(1.0, part) * static_cast<double>(stored.stored_bytes));
  }
  info.dimensions.clear(), info.coordinates.clear();
  info.unlimited = 0;
  info.parts = {};
  info.identity += " seen through " + to_string(seen) + " as " + to_string(shape);
  return info;
}

class ReshapedStore final : public Store {
 public:
  ReshapedStore(std::shared_ptr<const Store> stored, const IndexTransform& seen, const Shape& shape)
      : stored_(std::move(stored)),
        seen_(seen),
        groups_(axis_groups(seen.output(), shape)),
        info_(reshaped(stored_->info(), seen, shape)),
        has_no_gaps_(has_no_gaps(seen)) {}

  const StoreInfo& info() const override { return info_; }

  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    std::vector<std::byte> piece;
    for_each_row_run(groups_, seen_.output(), info_.shape, box, strides,
                     [&](const Box& part, std::int64_t offset, const Dims& along) {
                       if (has_no_gaps_)
                         read_box(part, to + offset, along);
                       else
                         read_with_gaps(part, to + offset, along, piece);
                     });
  }

  void prefetch(const Box& box) const override {
    int boxes = 0;
    for_each_row_run(groups_, seen_.output(), info_.shape, box, row_major_strides(box.extent, 1),
                     [&](const Box& part, std::int64_t, const Dims&) {
                       if (boxes++ < most_prefetched) stored_->prefetch(seen_.map(part));
                     });
  }

  std::int64_t scratch_bytes(const Dims& extent) const override {
    const Shape& shape = stored_->info().shape;
    if (!has_no_gaps_)
      return stored_->scratch_bytes(last_axes_first(shape, piece_bytes / item_size(info_.dtype))) + piece_bytes;
    Dims part;
    for (const auto& g : groups_) {
      const std::int64_t elements = product(lengths_of(extent, g.to)).value();
      for (const auto e : last_axes_first(lengths_of(seen_.output(), g.from), elements)) part.push_back(e);
    }
    return stored_->scratch_bytes(seen_.map(Box{Dims::filled(part.size(), 0), part}).extent);
  }

  /// Of a view with steps: what is asked for, without what is read between.
  std::int64_t file_bytes(const Box& box) const override {
    if (box.empty()) return 0;
    if (info_.filters.empty()) return box.size() * item_size(info_.dtype);
    double touched = 1;
    for (int i = 0; i < box.rank(); i++) {
      const AxisChunks& axis = info_.grid.axis(i);
      touched *= static_cast<double>(axis.find(box.lo[i] + box.extent[i] - 1) - axis.find(box.lo[i]) + 1) /
                 static_cast<double>(axis.count());
    }
    return static_cast<std::int64_t>(touched * static_cast<double>(info_.stored_bytes));
  }
  bool has_same_elements(const Store& other) const override {
    const auto* o = dynamic_cast<const ReshapedStore*>(&other);
    return o != nullptr && o->seen_ == seen_ && o->info_.shape == info_.shape &&
           stored_->has_same_elements(*o->stored_);
  }
  bool met_default_fill() const override { return stored_->met_default_fill(); }
  void verify() const override { stored_->verify(); }

 private:
  void read_box(const Box& part, std::byte* to, const Dims& strides) const {
    const Box held = seen_.map(part);
    Dims of_held = row_major_strides(held.extent, item_size(info_.dtype));
    for (int j = 0; j < held.rank(); j++)
      if (const auto& a = seen_.axis(j); a.from >= 0) of_held[j] = strides[a.from];
    stored_->read(held, to, of_held);
  }

  /// In halves along the longest axis, until what lies between its first and last element fits in a piece.
  void read_with_gaps(const Box& part, std::byte* to, const Dims& strides, std::vector<std::byte>& piece) const {
    const Box held = seen_.map(part);
    const std::int64_t item = item_size(info_.dtype), bytes = (product(held.extent) * item).value();
    const int longest =
        static_cast<int>(std::max_element(part.extent.begin(), part.extent.end()) - part.extent.begin());
    if (bytes > piece_bytes && part.size() > 1) {
      Box half = part;
      half.extent[longest] /= 2;
      read_with_gaps(half, to, strides, piece);
      const std::int64_t first = half.extent[longest];
      half.lo[longest] += first, half.extent[longest] = part.extent[longest] - first;
      return read_with_gaps(half, to + first * strides[longest], strides, piece);
    }
    piece.resize(static_cast<std::size_t>(bytes));
    const Dims dense = row_major_strides(held.extent, item);
    stored_->read(held, piece.data(), dense);
    std::int64_t origin = 0;
    const Dims from = seen_.strides(part.lo, held, dense, origin);
    cpu::copy(part.extent, item, piece.data() + origin, from, to, strides);
  }

  std::shared_ptr<const Store> stored_;
  IndexTransform seen_;
  std::vector<AxisGroup> groups_;
  StoreInfo info_;
  bool has_no_gaps_;
};

}  // namespace

std::shared_ptr<const Store> make_reshaped_store(std::shared_ptr<const Store> stored, const IndexTransform& seen,
                                                 const Shape& shape) {
  return std::make_shared<ReshapedStore>(std::move(stored), seen, shape);
}

}  // namespace tessera

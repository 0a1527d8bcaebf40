#include <tessera/io/concat_store.hpp>

#include <algorithm>

#include <tessera/io/description.hpp>
#include <tessera/io/files.hpp>

namespace tessera::io {
namespace {

Dims without(const Dims& d, int axis) {
  Dims rest;
  for (int i = 0; i < d.size(); i++)
    if (i != axis) rest.push_back(d[i]);
  return rest;
}

class ConcatStore final : public Store {
 public:
  ConcatStore(StoreInfo info, int axis, bool is_new, std::vector<std::shared_ptr<const Store>> parts)
      : info_(std::move(info)), axis_(axis), is_new_(is_new), parts_(std::move(parts)) {
    starts_.push_back(0);
    for (const auto& part : parts_) starts_.push_back(starts_.back() + (is_new_ ? 1 : part->info().shape[axis_]));
    info_.grid = grid();
  }

  const StoreInfo& info() const override { return info_; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    for_each_part(box, [&](const Store& part, const Box& in_part, std::int64_t before) {
      part.read(in_part, to + before * strides[axis_], is_new_ ? without(strides, axis_) : strides);
      return true;
    });
  }
  void prefetch(const Box& box) const override {
    int files = 4;  // a file must be opened for it: those that come next, no more
    for_each_part(box, [&](const Store& part, const Box& in_part, std::int64_t) {
      part.prefetch(in_part);
      return --files > 0;
    });
  }
  std::int64_t scratch_bytes(const Dims& extent) const override {
    const Dims in_part = is_new_ ? without(extent, axis_) : extent;
    std::int64_t most = 0;
    for (const auto& part : parts_) most = std::max(most, part->scratch_bytes(in_part));
    return most;
  }
  std::int64_t file_bytes(const Box& box) const override {
    std::int64_t bytes = 0;
    for_each_part(box, [&](const Store& part, const Box& in_part, std::int64_t) {
      bytes += part.file_bytes(in_part);
      return true;
    });
    return bytes;
  }
  bool met_default_fill() const override {
    return std::any_of(parts_.begin(), parts_.end(), [](const auto& part) { return part->met_default_fill(); });
  }
  void verify() const override {
    for (const auto& part : parts_) part->verify();
  }

 private:
  // Other axes are cut as the first part with elements is.
  ChunkGrid grid() const {
    const auto filled = std::find_if(parts_.begin(), parts_.end(),
                                     [](const auto& part) { return num_elements(part->info().shape) > 0; });
    const ChunkGrid& others = (filled == parts_.end() ? parts_.front() : *filled)->info().grid;
    std::vector<AxisChunks> axes;
    for (int i = 0, of_part = 0; i < info_.shape.size(); i++)
      axes.push_back(i == axis_ ? along() : others.axis(is_new_ ? of_part++ : i));
    return ChunkGrid(std::move(axes));
  }
  AxisChunks along() const {
    if (is_new_) return AxisChunks::regular(info_.shape[axis_], 1);
    std::vector<std::int64_t> lengths;
    for (const auto& part : parts_) {
      const AxisChunks& cuts = part->info().grid.axis(axis_);
      for (std::int64_t k = 0; k < cuts.count(); k++) lengths.push_back(cuts.length(k));
    }
    return AxisChunks::irregular(lengths);
  }
  // Calls f(part, box in it, indices of the axis before it) for the parts that `box` meets, in order, until false.
  template <class F>
  void for_each_part(const Box& box, const F& f) const {
    if (box.empty()) return;
    const std::int64_t lo = box.lo[axis_], hi = lo + box.extent[axis_];
    auto k = static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), lo) - starts_.begin()) - 1;
    for (; k < parts_.size() && starts_[k] < hi; k++) {
      const std::int64_t from = std::max(lo, starts_[k]), until = std::min(hi, starts_[k + 1]);
      if (from == until) continue;  // of length 0
      Box in_part = box;
      in_part.lo[axis_] = from - starts_[k];
      in_part.extent[axis_] = until - from;
      if (is_new_) in_part = {without(in_part.lo, axis_), without(in_part.extent, axis_)};
      if (!f(*parts_[k], in_part, from - lo)) return;
    }
  }

  StoreInfo info_;
  int axis_;
  bool is_new_;
  std::vector<std::shared_ptr<const Store>> parts_;
  std::vector<std::int64_t> starts_;  // of the parts on the axis, and the end
};

/// What datasets are together that can't be read as one Store, because each is decoded by its own packing.
class DescribedAlone final : public Store {
 public:
  explicit DescribedAlone(StoreInfo info) : info_(std::move(info)) {}
  const StoreInfo& info() const override { return info_; }
  void read(const Box&, std::byte*, const Dims&) const override {
    throw InternalError(info_.name + ": read before its parts are decoded");
  }
  void prefetch(const Box&) const override {}
  std::int64_t scratch_bytes(const Dims&) const override { return 0; }
  std::int64_t file_bytes(const Box&) const override { return 0; }
  void verify() const override {}

 private:
  StoreInfo info_;
};

}  // namespace

void put_joined(Writer& w, const Joined& joined) {
  put_info(w, joined.info);
  w.put(joined.axis).put(joined.is_new).put(joined.parts.size());
  for (const auto& part : joined.parts) w.put(part);
  for (std::size_t k = 0; k < joined.parts.size(); k++) {
    w.put(!joined.retimings.empty());
    if (!joined.retimings.empty()) put_retiming(w, joined.retimings[k]);
  }
}

std::shared_ptr<const Store> open_joined(Reader& r) {
  StoreInfo info = get_info(r);
  StoreParts joined = open_parts(r);
  return std::make_shared<ConcatStore>(std::move(info), joined.axis, joined.is_new, std::move(joined.stores));
}

std::shared_ptr<const Store> open_joined_info(Reader& r) { return std::make_shared<DescribedAlone>(get_info(r)); }

StoreParts open_parts(Reader& r) {
  StoreParts joined;
  joined.axis = r.get<int>();
  joined.is_new = r.get<bool>();
  for (auto n = r.get<std::size_t>(); n > 0; n--) joined.stores.push_back(open_part(r.get_string()));
  for (auto& store : joined.stores)
    if (r.get<bool>()) store = make_retimed_store(std::move(store), get_retiming(r));
  return joined;
}

}  // namespace tessera::io

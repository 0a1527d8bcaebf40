#include <tessera/io/concat_store.hpp>

#include <algorithm>
#include <list>
#include <mutex>

#include <tessera/io/description.hpp>
#include <tessera/io/files.hpp>

namespace tessera::io {
namespace {

constexpr std::size_t most_open = 64;

// The grid of the whole: the cuts of the pieces, one behind the other.
ChunkGrid grid_of(const Concat& c) {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < c.info.shape.size(); i++) {
    if (i != c.axis) {
      axes.push_back(AxisChunks::regular(c.info.shape[i], std::max<std::int64_t>(1, c.chunk[i])));
      continue;
    }
    std::vector<std::int64_t> lengths;
    for (const auto& p : c.pieces)
      for (std::int64_t left = p.extent; left > 0; left -= lengths.back()) lengths.push_back(std::min(left, p.chunk));
    axes.push_back(AxisChunks::irregular(lengths));
  }
  return ChunkGrid(std::move(axes));
}

class ConcatStore final : public Store {
 public:
  explicit ConcatStore(Concat concat) : c_(std::move(concat)), stores_(c_.pieces.size()) {
    c_.info.grid = grid_of(c_);
    starts_.push_back(0);
    for (const auto& p : c_.pieces) starts_.push_back(starts_.back() + p.extent);
  }

  const StoreInfo& info() const override { return c_.info; }
  void read(const Box& box, std::byte* to, const Dims& strides) const override {
    if (box.empty()) return;
    for_each_part(box, [&](std::size_t piece, const Box& part, std::int64_t skipped) {
      store(piece)->read(part, to + skipped * strides[c_.axis], without_new(strides));
    });
  }
  void prefetch(const Box& box) const override {
    if (box.empty()) return;
    int calls = 4;  // opening a file is work: those that come next, no more
    for_each_part(box, [&](std::size_t piece, const Box& part, std::int64_t) {
      if (calls-- > 0) store(piece)->prefetch(part);
    });
  }
  std::int64_t scratch_bytes(const Dims& extent) const override {
    std::int64_t n = c_.scratch_per_element;
    for (const auto e : extent) n *= e;
    return c_.scratch_bytes + n;
  }
  std::int64_t file_bytes(const Box& box) const override {
    std::int64_t bytes = 0;
    if (box.empty()) return bytes;
    for_each_part(box,
                  [&](std::size_t piece, const Box& part, std::int64_t) { bytes += store(piece)->file_bytes(part); });
    return bytes;
  }

 private:
  // Calls f(piece, box in it, indices of the axis that lie before it in `box`).
  template <class F>
  void for_each_part(const Box& box, const F& f) const {
    const std::int64_t lo = box.lo[c_.axis], hi = lo + box.extent[c_.axis];
    auto piece = static_cast<std::size_t>(std::upper_bound(starts_.begin(), starts_.end(), lo) - starts_.begin()) - 1;
    for (; piece < c_.pieces.size() && starts_[piece] < hi; piece++) {
      const std::int64_t from = std::max(lo, starts_[piece]), until = std::min(hi, starts_[piece + 1]);
      if (from >= until) continue;
      Box part = box;
      part.lo[c_.axis] = from - starts_[piece];
      part.extent[c_.axis] = until - from;
      if (c_.is_new) part = {without_new(part.lo), without_new(part.extent)};
      f(piece, part, from - lo);
    }
  }
  Dims without_new(const Dims& d) const {
    if (!c_.is_new) return d;
    Dims r;
    for (int i = 0; i < d.size(); i++)
      if (i != c_.axis) r.push_back(d[i]);
    return r;
  }
  // Whoever reads holds the store; what was used longest ago is closed.
  std::shared_ptr<const Store> store(std::size_t piece) const {
    const std::lock_guard lock(mutex_);
    auto& s = stores_[piece];
    if (s) {
      recent_.remove(piece);
    } else {
      s = open_store(c_.pieces[piece].description);
    }
    recent_.push_front(piece);
    if (recent_.size() > most_open) {
      stores_[recent_.back()].reset();
      recent_.pop_back();
    }
    return stores_[piece];
  }

  Concat c_;
  std::vector<std::int64_t> starts_;  // of the pieces, and the end
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const Store>> stores_;
  mutable std::list<std::size_t> recent_;  // those that are open, last used first
};

}  // namespace

void put_concat(Writer& w, const Concat& c) {
  put_info(w, c.info);
  put_dims(w, c.chunk);
  w.put(c.axis).put(c.is_new).put(c.scratch_bytes).put(c.scratch_per_element).put(c.pieces.size());
  for (const auto& p : c.pieces) w.put(p.description).put(p.extent).put(p.chunk);
}

std::shared_ptr<const Store> open_concat(Reader& r) {
  Concat c;
  c.info = get_info(r);
  c.chunk = get_dims(r);
  c.axis = r.get<int>();
  c.is_new = r.get<bool>();
  c.scratch_bytes = r.get<std::int64_t>();
  c.scratch_per_element = r.get<std::int64_t>();
  for (auto n = r.get<std::size_t>(); n > 0; n--) {
    ConcatPiece p;
    p.description = r.get_string();
    p.extent = r.get<std::int64_t>();
    p.chunk = r.get<std::int64_t>();
    c.pieces.push_back(std::move(p));
  }
  return std::make_shared<ConcatStore>(std::move(c));
}

}  // namespace tessera::io

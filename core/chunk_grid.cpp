#include <tessera/core/chunk_grid.hpp>

#include <algorithm>

namespace tessera {

namespace {
/// Cuts that an axis without a closed form may have: 128 MiB of them.
constexpr std::int64_t most_table = std::int64_t{1} << 24;
}  // namespace

AxisChunks AxisChunks::regular(std::int64_t extent, std::int64_t chunk, std::int64_t skip) {
  if (extent < 0 || chunk < 1 || skip < 0 || skip >= chunk)
    throw ValueError("chunks: extent " + std::to_string(extent) + " can't be cut into chunks of " +
                     std::to_string(chunk));
  AxisChunks a;
  a.extent_ = extent;
  if (extent == 0) return a;
  if (chunk - skip >= extent) chunk = extent, skip = 0;  // one chunk: one representation
  a.chunk_ = chunk;
  a.skip_ = skip;
  a.count_ =
      extent / chunk + static_cast<std::int64_t>((static_cast<__int128>(extent % chunk) + skip + chunk - 1) / chunk);
  return a;
}

AxisChunks AxisChunks::irregular(const std::vector<std::int64_t>& lengths) {
  std::vector<std::int64_t> cuts{0};
  for (auto n : lengths) {
    if (n < 0) throw ValueError("chunks: a chunk of " + std::to_string(n) + " elements");
    if (n > 0) cuts.push_back(checked_add(cuts.back(), n));
  }
  const auto count = static_cast<std::int64_t>(cuts.size()) - 1;
  const std::int64_t extent = cuts.back();
  if (count <= 1) return regular(extent, std::max<std::int64_t>(extent, 1));
  const std::int64_t chunk = count == 2 ? std::max(cuts[1], cuts[2] - cuts[1]) : cuts[2] - cuts[1];
  if (cuts[1] <= chunk) {
    AxisChunks r = regular(extent, chunk, chunk - cuts[1]);
    bool same = r.count() == count;
    for (std::int64_t k = 0; same && k <= count; k++) same = r.bound(k) == cuts[k];
    if (same) return r;
  }
  AxisChunks a;
  a.extent_ = extent;
  a.count_ = count;
  a.cuts_ = std::make_shared<const std::vector<std::int64_t>>(std::move(cuts));
  return a;
}

std::int64_t AxisChunks::find(std::int64_t index) const {
  if (!cuts_)
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(index) + static_cast<std::uint64_t>(skip_)) /
                                     static_cast<std::uint64_t>(chunk_));
  return std::upper_bound(cuts_->begin(), cuts_->end(), index) - cuts_->begin() - 1;
}

std::int64_t AxisChunks::longest() const {
  if (count_ == 0) return 0;
  if (!cuts_) return count_ == 1 ? extent_ : std::max(length(0), std::max(length(1), length(count_ - 1)));
  std::int64_t most = 0;
  for (std::int64_t k = 0; k < count_; k++) most = std::max(most, length(k));
  return most;
}

AxisChunks AxisChunks::sliced(std::int64_t start, std::int64_t step, std::int64_t count) const {
  if (count == 0) return regular(0, 1);
  // Where `start` lies in its chunk, were that as long as the others.
  const auto in_chunk = [&] {
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(start) + static_cast<std::uint64_t>(skip_)) %
                                     static_cast<std::uint64_t>(chunk_));
  };
  if (!cuts_) {
    if (count == 1) return regular(1, 1);
    if (step > 0 && (step >= chunk_ || chunk_ % step == 0)) {
      if (step >= chunk_) return regular(count, 1);
      return regular(count, chunk_ / step, in_chunk() / step);
    }
    if (step < 0 && (-step >= chunk_ || chunk_ % -step == 0)) {
      if (-step >= chunk_) return regular(count, 1);
      // Read backwards: the first chunk of the result holds what lies between `start` and the cut below it.
      const std::int64_t s = -step, in_first = in_chunk() / s + 1;
      return regular(count, chunk_ / s, chunk_ / s - in_first);
    }
  }
  const std::int64_t first = find(start), last = find(start + step * (count - 1));
  if (const std::int64_t table = std::abs(last - first); table > most_table)
    throw ShapeError("a slice with step " + std::to_string(step) + " cuts " + std::to_string(table + 1) +
                     " chunks of " + std::to_string(chunk_) +
                     " elements unevenly; use larger chunks, or a step that divides them");
  std::vector<std::int64_t> lengths;
  std::int64_t taken = 0;
  while (taken < count) {
    const std::int64_t index = start + step * taken, k = find(index);
    const std::int64_t n = step > 0 ? (bound(k + 1) - 1 - index) / step + 1 : (index - bound(k)) / -step + 1;
    lengths.push_back(std::min(n, count - taken));
    taken += lengths.back();
  }
  return irregular(lengths);
}

bool AxisChunks::operator==(const AxisChunks& o) const {
  if (extent_ != o.extent_ || count_ != o.count_) return false;
  if (!cuts_ && !o.cuts_) return count_ <= 1 || (bound(1) == o.bound(1) && (count_ <= 2 || chunk_ == o.chunk_));
  if (cuts_ == o.cuts_) return true;
  return cuts_ && o.cuts_ && *cuts_ == *o.cuts_;
}

ChunkGrid ChunkGrid::regular(const Shape& shape, const Dims& chunk) {
  if (shape.size() != chunk.size())
    throw ShapeError("chunks: " + to_string(chunk) + " has not one length per axis of shape " + to_string(shape));
  std::vector<AxisChunks> axes;
  for (int i = 0; i < shape.size(); i++) {
    const std::int64_t length = chunk[i] == -1 ? shape[i] : chunk[i];
    if (length < 0 || (length == 0 && shape[i] > 0))
      throw ValueError("chunks: the length " + std::to_string(chunk[i]) + " in " + to_string(chunk) + " for axis " +
                       std::to_string(i) + " of shape " + to_string(shape) +
                       "; a length is positive, or -1 for the whole axis");
    axes.push_back(AxisChunks::regular(shape[i], std::max<std::int64_t>(1, std::min(length, shape[i]))));
  }
  return ChunkGrid(std::move(axes));
}

Shape ChunkGrid::shape() const {
  Shape s;
  for (const auto& a : axes_) s.push_back(a.extent());
  return s;
}

Dims ChunkGrid::counts() const {
  Dims c;
  for (const auto& a : axes_) c.push_back(a.count());
  return c;
}

std::int64_t ChunkGrid::count() const {
  std::int64_t n = 1;
  for (const auto& a : axes_) n = checked_multiply(n, a.count());
  return n;
}

Box ChunkGrid::box(const Dims& at) const {
  Box b;
  for (int i = 0; i < rank(); i++) {
    const std::int64_t lo = axis(i).bound(at[i]);
    b.lo.push_back(lo);
    b.extent.push_back(axis(i).bound(at[i] + 1) - lo);
  }
  return b;
}

Dims ChunkGrid::coordinates(std::int64_t linear) const {
  Dims at = Dims::filled(rank(), 0);
  for (int i = rank() - 1; i >= 0; i--) {
    const std::int64_t n = axis(i).count();
    at[i] = linear % n;
    linear /= n;
  }
  return at;
}

std::int64_t ChunkGrid::linear(const Dims& at) const {
  std::int64_t k = 0;
  for (int i = 0; i < rank(); i++) k = k * axis(i).count() + at[i];
  return k;
}

Dims ChunkGrid::largest() const {
  Dims d;
  for (const auto& a : axes_) d.push_back(a.longest());
  return d;
}

std::int64_t ChunkGrid::elements_before(std::int64_t linear) const {
  if (linear >= count()) return num_elements(shape());
  const Dims at = coordinates(linear);
  // Chunks with a smaller coordinate on axis i, equal ones before it: a box of whole trailing axes.
  std::int64_t before = 0, width = 1;
  for (int i = 0; i < rank(); i++) {
    std::int64_t rest = 1;
    for (int j = i + 1; j < rank(); j++) rest *= axis(j).extent();
    before += width * axis(i).bound(at[i]) * rest;
    width *= axis(i).length(at[i]);
  }
  return before;
}

ChunkGrid auto_chunks(const Shape& shape, std::int64_t item_size, std::int64_t target_bytes) {
  std::int64_t room = std::max<std::int64_t>(1, target_bytes / item_size);
  Dims chunk = Dims::filled(shape.size(), 1);
  for (int i = shape.size() - 1; i >= 0; i--) {
    chunk[i] = std::max<std::int64_t>(1, std::min(shape[i], room));
    room = std::max<std::int64_t>(1, room / chunk[i]);
  }
  return ChunkGrid::regular(shape, chunk);
}

std::string to_string(const ChunkGrid& grid) {
  std::string s = "(";
  for (int i = 0; i < grid.rank(); i++) {
    const auto& a = grid.axis(i);
    s += i ? ", (" : "(";
    for (std::int64_t k = 0; k < a.count(); k++) {
      if (a.count() > 4 && k == 2) {
        s += ", ... x" + std::to_string(a.count()) + ", " + std::to_string(a.length(a.count() - 1));
        break;
      }
      s += (k ? ", " : "") + std::to_string(a.length(k));
    }
    s += ")";
  }
  return s + ")";
}

}  // namespace tessera

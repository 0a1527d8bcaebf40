#include <tessera/core/cpu/resample.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/cpu/target.hpp>

namespace tessera::cpu {
namespace {

constexpr std::int64_t most_sums = std::int64_t{1} << 13;     // of a piece: 64 KiB
constexpr std::int64_t most_weights = std::int64_t{1} << 13;  // of an axis at a time; each takes longer than its use

ResampleLoops loops_for(DType type) {
  switch (target()) {
    case Target::avx512:
      return resample_loops_of_avx512(type);
    case Target::avx2:
      return resample_loops_of_avx2(type);
    case Target::sse4:
      break;
  }
  return resample_loops_of_baseline(type);
}

// Axes that change, those that shrink most first; of two that grow alike the later one, because sums along the last axis are
// the slowest.
std::vector<int> order_of(const std::vector<ResampledAxis>& axes) {
  std::vector<int> order;
  for (int i = 0; i < static_cast<int>(axes.size()); i++)
    if (axes[static_cast<std::size_t>(i)].n != axes[static_cast<std::size_t>(i)].m) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    const auto &x = axes[static_cast<std::size_t>(a)], &y = axes[static_cast<std::size_t>(b)];
    const __int128 shrinks = static_cast<__int128>(y.m) * x.n - static_cast<__int128>(x.m) * y.n;
    return shrinks == 0 ? x.m > x.n && a > b : shrinks > 0;
  });
  return order;
}

// Taps of elements [lo, lo + count) of an axis.
struct TapTable {
  std::int64_t lo = 0;
  std::vector<std::int64_t> firsts, counts, starts;  // starts: of its weights
  std::vector<double> weights;                       // one behind the other

  TapTable(const ResampledAxis& axis, std::int64_t from, std::int64_t count) : lo(from) {
    for (std::int64_t i = lo; i < lo + count; i++) {
      const auto taps = axis.taps(i);
      firsts.push_back(taps.first), counts.push_back(taps.count);
      starts.push_back(static_cast<std::int64_t>(weights.size()));
      axis.add_weights(i, weights);
    }
  }
};

// Elements of an axis of the array that those of the box take: [lo, lo + extent).
void see(const ResampledAxis& axis, Box& box, int i) {
  const auto first = axis.taps(box.lo[i]), last = axis.taps(box.lo[i] + box.extent[i] - 1);
  box.lo[i] = first.first;
  box.extent[i] = last.first + last.count - first.first;
}

// Elements of which sums are made, or have been.
struct Elements {
  const std::byte* data;
  Dims strides;  // in bytes
  Box box;       // indices of what is there
};

class Pieces {
 public:
  Pieces(const std::vector<ResampledAxis>& axes, const ResampledPart& part)
      : axes_(axes),
        part_(part),
        order_(order_of(axes)),
        first_(loops_for(part.type)),
        further_(loops_for(DType::float64)) {}

  // Slabs of which all weights have room.
  void run() {
    Dims longest, counts;
    for (int i = 0; i < rank(); i++) {
      longest.push_back(std::max<std::int64_t>(1, most_weights / axis(i).most_taps()));
      counts.push_back((part_.box.extent[i] + longest[i] - 1) / longest[i]);
    }
    for_each_index(counts, [&](const Dims& at) {
      Box slab = part_.box;
      for (int i = 0; i < rank(); i++) {
        slab.lo[i] += at[i] * longest[i];
        slab.extent[i] = std::min(longest[i], slab.extent[i] - at[i] * longest[i]);
      }
      tables_.clear();
      for (const int i : order_) tables_.emplace_back(axis(i), slab.lo[i], slab.extent[i]);
      make(slab);
    });
  }

 private:
  // Halves the box until the sums of a piece have room.
  void make(const Box& box) {
    Dims lengths = box.extent;
    lengths[rank() - 1] = (lengths[rank() - 1] + 15) / 16;  // long rows cost less
    const int i = static_cast<int>(std::max_element(lengths.begin(), lengths.end()) - lengths.begin());
    if (most_sums_of(box) <= most_sums || lengths[i] == 1) return make_piece(box);
    Box front = box, back = box;
    front.extent[i] /= 2, back.lo[i] += front.extent[i], back.extent[i] -= front.extent[i];
    make(front);
    make(back);
  }

  // The boxes that are made one of the other: of the array first, then behind each axis of the order.
  std::vector<Box> boxes_of(const Box& box) const {
    std::vector<Box> boxes{box};
    for (std::size_t k = order_.size(); k-- > 0;) {
      Box before = boxes.back();
      see(axis(order_[k]), before, order_[k]);
      boxes.push_back(before);
    }
    std::reverse(boxes.begin(), boxes.end());
    return boxes;
  }

  std::int64_t most_sums_of(const Box& box) const {
    const std::vector<Box> boxes = boxes_of(box);
    std::int64_t most = 0;
    for (std::size_t k = 1; k < boxes.size(); k++) most = std::max(most, boxes[k].size());
    return most;
  }

  void make_piece(const Box& box) {
    const std::vector<Box> boxes = boxes_of(box);
    Elements from{part_.from, part_.from_strides, part_.source};
    for (std::size_t k = 0; k < order_.size(); k++) {
      std::vector<double>& sums = sums_[k % 2];
      sums.resize(static_cast<std::size_t>(boxes[k + 1].size()));
      along(order_[k], tables_[k], k == 0 ? first_ : further_, from, boxes[k + 1], sums.data());
      from = {reinterpret_cast<const std::byte*>(sums.data()), row_major_strides(boxes[k + 1].extent, sizeof(double)),
              boxes[k + 1]};
    }
    const std::int64_t n = box.extent[rank() - 1];
    auto* row = reinterpret_cast<const double*>(from.data);
    for_each_row(box, [&](const Dims& at) {
      std::byte* to = part_.to;
      for (int i = 0; i < rank(); i++) to += (box.lo[i] + at[i] - part_.box.lo[i]) * part_.to_strides[i];
      first_.store(row, to, part_.to_strides[rank() - 1], n);
      row += n;
    });
  }

  // Sums along one axis, dense.
  void along(int a, const TapTable& taps, const ResampleLoops& loops, const Elements& from, const Box& box,
             double* sums) const {
    const int last = rank() - 1;
    const auto skipped = static_cast<std::size_t>(box.lo[a] - taps.lo);
    const std::int64_t n = box.extent[last], step = from.strides[last];
    for_each_row(box, [&](const Dims& at) {
      const std::byte* row = from.data;
      for (int i = 0; i < rank(); i++)
        if (i != a) row += (box.lo[i] + at[i] - from.box.lo[i]) * from.strides[i];
      const auto i = skipped + (a == last ? 0 : static_cast<std::size_t>(at[a]));
      const double* weights = &taps.weights[static_cast<std::size_t>(taps.starts[i])];
      if (a == last) {
        loops.weigh_along(row - from.box.lo[a] * step, step, &taps.firsts[i], &taps.counts[i], weights, sums, n);
      } else {
        row += (taps.firsts[i] - from.box.lo[a]) * from.strides[a];
        loops.weigh(row, from.strides[a], step, weights, taps.counts[i], sums, n);
      }
      sums += n;
    });
  }

  template <class F>
  void for_each_row(const Box& box, const F& f) const {
    Dims rows = box.extent;
    rows[rank() - 1] = 1;
    for_each_index(rows, f);
  }

  int rank() const { return static_cast<int>(axes_.size()); }
  const ResampledAxis& axis(int i) const { return axes_[static_cast<std::size_t>(i)]; }

  const std::vector<ResampledAxis>& axes_;
  const ResampledPart& part_;
  const std::vector<int> order_;
  const ResampleLoops first_, further_;
  std::vector<TapTable> tables_;  // of a slab, in the order
  std::vector<double> sums_[2];
};

// Elements as they are, from the places of each axis.
void pick(const std::vector<ResampledAxis>& axes, const ResampledPart& p) {
  const int rank = p.box.rank();
  std::vector<std::vector<std::int64_t>> offsets(axes.size());
  for (int i = 0; i < rank; i++)
    for (std::int64_t k = 0; k < p.box.extent[i]; k++)
      offsets[static_cast<std::size_t>(i)].push_back(
          (axes[static_cast<std::size_t>(i)].taps(p.box.lo[i] + k).first - p.source.lo[i]) * p.from_strides[i]);
  Dims rows = p.box.extent;
  const std::int64_t n = rows[rank - 1], step = p.to_strides[rank - 1];
  rows[rank - 1] = 1;
  visit_dtype(p.type, [&]<class T>(T) {
    for_each_index(rows, [&](const Dims& at) {
      const std::byte* from = p.from;
      std::byte* to = p.to;
      for (int i = 0; i + 1 < rank; i++) {
        from += offsets[static_cast<std::size_t>(i)][static_cast<std::size_t>(at[i])];
        to += at[i] * p.to_strides[i];
      }
      for (std::int64_t k = 0; k < n; k++)
        std::memcpy(to + k * step, from + offsets[static_cast<std::size_t>(rank - 1)][static_cast<std::size_t>(k)],
                    sizeof(T));
    });
  });
}

}  // namespace

void resample(const std::vector<ResampledAxis>& axes, const ResampledPart& part) {
  if (axes[0].how == Resampling::nearest) return pick(axes, part);
  Pieces(axes, part).run();
}

}  // namespace tessera::cpu

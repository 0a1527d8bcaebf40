#include <tessera/core/ops/resize.hpp>

#include <algorithm>
#include <numeric>

#include <tessera/core/cpu/resample.hpp>
#include <tessera/core/ops/chunk_call_builder.hpp>
#include <tessera/core/ops/quantity.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

constexpr std::int64_t most_resize_taps = std::int64_t{1} << 20;
constexpr std::int64_t most_cuts = std::int64_t{1} << 20;
constexpr std::int64_t usual_bytes = std::int64_t{16} << 20;

Resampling resampling_of(const ResizeOptions& o) {
  if (o.method == ResizeMethod::nearest) return Resampling::nearest;
  if (o.method == ResizeMethod::area) return Resampling::area;
  return o.antialias ? Resampling::triangle : Resampling::linear;
}

const char* name_of(Resampling how) {
  switch (how) {
    case Resampling::nearest:
      return "resize, nearest";
    case Resampling::linear:
      return "resize, linear";
    case Resampling::triangle:
      return "resize, linear without aliases";
    case Resampling::area:
      break;
  }
  return "resize, area";
}

std::vector<ResampledAxis> axes_of(const Array& x, const Shape& shape, const ResizeOptions& o) {
  const std::string of = "resize: " + to_string(x.shape()) + " to " + to_string(shape);
  if (shape.size() != x.rank())
    throw ShapeError(of + ": a length for each of the " + std::to_string(x.rank()) + " axes is needed");
  const Resampling how = resampling_of(o);
  if (how != Resampling::nearest && (is_complex(x.dtype()) || x.dtype() == DType::bool_))
    throw DTypeError(of + ": means of " + to_string(x.dtype()) + " are none; " +
                     (is_complex(x.dtype()) ? "resize real and imaginary parts" : "convert to numbers first") +
                     ", or take the method 'nearest'");
  if (o.antialias && o.method != ResizeMethod::linear)
    throw ValueError(of + ": antialias goes with the method 'linear' alone; 'area' takes all elements anyway");
  std::vector<ResampledAxis> axes;
  Amount taps = 1;
  for (int i = 0; i < x.rank(); i++) {
    if (shape[i] < 1) throw ValueError(of + ": a length below 1");
    if (x.shape()[i] == 0) throw ValueError(of + ": there are no elements to make others of");
    axes.push_back({x.shape()[i], shape[i], how});
    taps *= axes.back().most_taps();
  }
  num_elements(shape);  // throws ShapeError
  if (taps > most_resize_taps)
    throw ValueError(of + ": an element would be made of more than 2^20; take means first, as coarsen does");
  return axes;
}

/// Lengths of chunks of x and of the result, as many of both.
struct Cuts {
  std::vector<std::int64_t> from, to;
};

/// Each chunk of x in `pieces`; where the result would have nothing of a piece, it is joined to the next one.
Cuts cut(const AxisChunks& chunks, const ResampledAxis& axis, std::int64_t pieces) {
  std::vector<std::int64_t> from{0}, to{0};  // bounds
  const std::int64_t skip = 1 + chunks.count() / (most_cuts / pieces);
  for (std::int64_t k = 0; k < chunks.count(); k++)
    for (std::int64_t p = 1; p <= pieces; p++) {
      const std::int64_t n = chunks.length(k), at = chunks.bound(k) + n / pieces * p + std::min(p, n % pieces),
                         there = axis.first_from(at);
      if (k % skip != 0 || at <= from.back() || there <= to.back() || there == axis.m) continue;
      from.push_back(at), to.push_back(there);
    }
  from.push_back(axis.n), to.push_back(axis.m);
  std::adjacent_difference(from.begin(), from.end(), from.begin());
  std::adjacent_difference(to.begin(), to.end(), to.begin());
  return {{from.begin() + 1, from.end()}, {to.begin() + 1, to.end()}};
}

/// In how many pieces chunks of x are cut along each axis, so that the result's are of the usual size.
Dims pieces_of(const ChunkGrid& chunks, const std::vector<ResampledAxis>& axes, std::int64_t item) {
  const Dims longest = chunks.largest();
  std::vector<double> made;
  double bytes = static_cast<double>(item), own = bytes;
  for (int i = 0; i < longest.size(); i++) {
    const ResampledAxis& a = axes[static_cast<std::size_t>(i)];
    own *= static_cast<double>(longest[i]);
    bytes *= static_cast<double>(longest[i]) * static_cast<double>(a.m) / static_cast<double>(a.n);
  }
  const double most = std::max(own, static_cast<double>(usual_bytes));
  Dims pieces = Dims::filled(longest.size(), 1);
  for (int i = 0; i < longest.size(); i++)
    for (; bytes > most && pieces[i] < longest[i] && pieces[i] < most_cuts; bytes /= 2) pieces[i] *= 2;
  return pieces;
}

/// How far the result's chunks reach beyond those of x that they are made from.
void add_halo(ChunkCall& call, const Cuts& cuts, const ResampledAxis& axis) {
  std::int64_t before = 0, after = 0, from = 0, to = 0;
  for (std::size_t k = 0; k < cuts.from.size(); k++) {
    const auto first = axis.taps(to), last = axis.taps(to + cuts.to[k] - 1);
    before = std::max(before, from - first.first);
    from += cuts.from[k], to += cuts.to[k];
    after = std::max(after, last.first + last.count - from);
  }
  call.before.push_back(before);
  call.after.push_back(after);
}

ChunkFunction function_of(const std::vector<ResampledAxis>& axes, const ChunkGrid& result, DType type) {
  ChunkFunction f;
  f.name = name_of(axes[0].how);
  f.parameters = {type}, f.result = type;
  f.apply = [axes, result, type](std::span<const BlockMemory> in, const BlockMemory& to, const BlockPlace& place) {
    Box made = result.box(place.chunk);
    for (int i = 0; i < made.rank(); i++)
      if (axes[static_cast<std::size_t>(i)].n == axes[static_cast<std::size_t>(i)].m)
        made.lo[i] = place.box.lo[i], made.extent[i] = place.box.extent[i];
    cpu::resample(axes, {type, in[0].data, in[0].strides, place.seen, to.data, to.strides, made});
  };
  return f;
}

}  // namespace

Array resize(const Array& x, const Shape& shape, const ResizeOptions& options) {
  const std::vector<ResampledAxis> axes = axes_of(x, shape, options);
  if (shape == x.shape()) return x;
  const Dims pieces = pieces_of(x.chunks(), axes, item_size(x.dtype()));
  std::vector<AxisChunks> from, to;
  std::vector<int> labels(static_cast<std::size_t>(x.rank()));
  std::iota(labels.begin(), labels.end(), 0);
  ChunkCall sees;
  for (int i = 0; i < x.rank(); i++) {
    const ResampledAxis& axis = axes[static_cast<std::size_t>(i)];
    const bool stays = axis.n == axis.m;
    const Cuts cuts = stays ? Cuts{} : cut(x.chunks().axis(i), axis, pieces[i]);
    from.push_back(stays ? x.chunks().axis(i) : AxisChunks::irregular(cuts.from));
    to.push_back(stays ? x.chunks().axis(i) : AxisChunks::irregular(cuts.to));
    add_halo(sees, cuts, axis);
    if (!stays) sees.whole |= 1u << i;
  }
  ChunkCallBuilder builder("resize", function_of(axes, ChunkGrid(to), x.dtype()), {x}, {{labels}, labels}, {});
  ChunkCall& call = builder.call();
  call.domain = ChunkGrid(from);
  call.whole = sees.whole, call.before = sees.before, call.after = sees.after, call.source = Box::whole(x.shape());
  const Array result = builder.build(std::move(to));
  return with_quantity(result, x, options.method == ResizeMethod::area ? Quantity::As::mean : Quantity::As::itself);
}

}  // namespace tessera

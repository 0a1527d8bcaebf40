#include <tessera/core/ops/sliding_window.hpp>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

constexpr std::int64_t most_elements = std::int64_t{1} << 16;  // each is a view that is planned

// Element k of windows along `axis`, for all k: views of x that begin at k, joined along a new last axis which none of them
// has.
Array windows_along(const Array& x, int axis, std::int64_t length) {
  Shape shape = x.shape();
  shape[axis] -= length - 1;
  std::vector<AxisChunks> chunks;
  for (int i = 0; i < x.rank(); i++) {
    const AxisChunks& cuts = x.chunks().axis(i);
    chunks.push_back(i == axis ? cuts.sliced(0, 1, shape[i]) : cuts);
  }
  chunks.push_back(AxisChunks::regular(length, length));
  shape.push_back(length);
  static_cast<void>(num_elements(shape));  // throws when there are too many
  std::vector<std::int64_t> starts{0};
  std::vector<Edge> views;
  for (std::int64_t k = 0; k < length; k++) {
    std::vector<IndexTransform::Axis> axes = IndexTransform::identity(x.shape()).axes();
    axes[static_cast<std::size_t>(axis)].offset = k;
    views.push_back({x.node(), IndexTransform(shape, std::move(axes))});
    starts.push_back(k + 1);
  }
  return Array(std::make_shared<ConcatNode>(x.dtype(), ChunkGrid(std::move(chunks)), x.rank(), std::move(starts),
                                            std::move(views)));
}

}  // namespace

Array sliding_window_view(const Array& x, const Dims& lengths, const Axes& axes) {
  std::vector<std::int64_t> along;
  if (axes.given())
    along = *axes.given();
  else
    for (int i = 0; i < x.rank(); i++) along.push_back(i);
  if (lengths.size() != static_cast<int>(along.size()))
    throw UsageError("sliding_window_view: " + std::to_string(lengths.size()) + " lengths of windows for " +
                     std::to_string(along.size()) + " axes");
  Shape shape = x.shape();
  Amount elements = 1;
  bool empty = x.size() == 0;
  for (int k = 0; k < lengths.size(); k++) {
    const int axis = normalize_axis(along[static_cast<std::size_t>(k)], x.rank(), "sliding_window_view");
    if (lengths[k] < 0)
      throw ValueError("sliding_window_view: a window of " + std::to_string(lengths[k]) + " elements");
    if (lengths[k] > shape[axis])
      throw ShapeError("sliding_window_view: windows of " + to_string(lengths) + " in an array of shape " +
                       to_string(x.shape()) + ": axis " + std::to_string(axis) + " is shorter");
    shape[axis] -= lengths[k] - 1;
    elements *= lengths[k];
    empty = empty || lengths[k] == 0;
    along[static_cast<std::size_t>(k)] = axis;
  }
  if (elements > most_elements)
    throw ValueError("sliding_window_view: windows of " + to_string(lengths) + " have more than " +
                     std::to_string(most_elements) + " elements");
  for (const auto n : lengths) shape.push_back(n);
  if (empty) return zeros(shape, {.dtype = x.dtype()});
  Array windows = x;
  for (int k = 0; k < lengths.size(); k++)
    windows = lengths[k] == 1
                  ? expand_dims(windows, -1)
                  : windows_along(windows, static_cast<int>(along[static_cast<std::size_t>(k)]), lengths[k]);
  return windows;
}

}  // namespace tessera

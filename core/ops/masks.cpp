#include <tessera/core/ops/masks.hpp>

#include <numeric>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/creation.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/shape_functions.hpp>

namespace tessera {
namespace {

// A chunk of the domain: as those of the array, as long as whole slabs of it are not larger than that; else of so many
// bytes.
constexpr std::int64_t most_bytes = 64 << 20, mask_chunk_bytes = 4 << 20;

Array mask_of(const Array& x) { return x.dtype() == DType::bool_ ? x : x != 0; }

// Chunks of the mask's axes that follow one another in row-major order.
ChunkGrid domain_of(const Array& mask, std::int64_t row_bytes) {
  const Shape& shape = mask.shape();
  std::int64_t slab = std::max<std::int64_t>(1, row_bytes);
  for (int i = 1; i < shape.size(); i++) slab *= std::max<std::int64_t>(1, shape[i]);
  if (const AxisChunks& first = mask.chunks().axis(0); first.longest() <= most_bytes / slab) {
    std::vector<AxisChunks> axes{first};
    for (int i = 1; i < shape.size(); i++)
      axes.push_back(AxisChunks::regular(shape[i], std::max<std::int64_t>(1, shape[i])));
    return ChunkGrid(std::move(axes));
  }
  return auto_chunks(shape, std::max<std::int64_t>(1, row_bytes), mask_chunk_bytes);
}

struct Counted {
  ChunkGrid domain;  // of the mask's axes
  std::shared_ptr<const std::vector<std::int64_t>> starts;
};

Counted counted(const Array& mask, std::int64_t row_bytes, const CountMask& count) {
  Counted c{domain_of(mask, row_bytes), nullptr};
  const Array counts(
      std::make_shared<MaskCountNode>(Edge{mask.node(), IndexTransform::identity(mask.shape())}, c.domain));
  auto starts = std::make_shared<std::vector<std::int64_t>>(count(counts));
  starts->insert(starts->begin(), 0);
  std::partial_sum(starts->begin(), starts->end(), starts->begin());
  c.starts = std::move(starts);
  return c;
}

// The rows of `values`, whose first axes are the mask's, where the mask is true. seen: from values' shape `shape`.
Array selected(const Edge& values, const Shape& shape, const Array& mask, const Counted& c) {
  std::vector<AxisChunks> axes;
  std::vector<IndexTransform::Axis> seen;
  for (int i = 0; i < shape.size(); i++) {
    axes.push_back(i < mask.rank() ? c.domain.axis(i)
                                   : AxisChunks::regular(shape[i], std::max<std::int64_t>(1, shape[i])));
    if (i < mask.rank()) seen.push_back({i, 0, 1});
  }
  return Array(std::make_shared<CompressNode>(values, Edge{mask.node(), {shape, std::move(seen)}},
                                              ChunkGrid(std::move(axes)), mask.rank(), c.starts));
}

Array selected(const Array& x, const Array& mask, const CountMask& count) {
  std::int64_t row = item_size(x.dtype());
  for (int i = mask.rank(); i < x.rank(); i++) row *= x.shape()[i];
  return selected({x.node(), IndexTransform::identity(x.shape())}, x.shape(), mask, counted(mask, row, count));
}

// A 0-d array has one element, and one axis here.
Array with_axis(const Array& x) { return x.rank() == 0 ? expand_dims(x, 0) : x; }

// The row-major positions where the mask is true.
Array places_of(const Array& mask, const CountMask& count) {
  Array places = arange(std::int64_t{0}, mask.shape()[0], std::int64_t{1});
  for (int i = 1; i < mask.rank(); i++)
    places = expand_dims(places, i) * mask.shape()[i] + arange(std::int64_t{0}, mask.shape()[i], std::int64_t{1});
  return selected({places.node(), IndexTransform::identity(mask.shape())}, mask.shape(), mask, counted(mask, 8, count));
}

// From the positions, so that the mask is gone over once for all axes.
std::vector<Array> indices_of(const Array& mask, const CountMask& count) {
  const Array places = places_of(mask, count);
  std::vector<Array> indices;
  std::int64_t step = 1;
  for (int i = mask.rank() - 1; i >= 0; i--) {
    const std::int64_t n = std::max<std::int64_t>(1, mask.shape()[i]);
    const Array rest = step == 1 ? places : floor_divide(places, step);
    indices.insert(indices.begin(), i == 0 ? rest : rest % n);
    step *= n;
  }
  return indices;
}

bool is_mask(const ArrayIndex& item) { return item.array() && item.array()->dtype() == DType::bool_; }

void check_mask(const Array& x, int axis, const Array& mask) {
  for (int i = 0; i < mask.rank(); i++)
    if (axis + i >= x.rank() || x.shape()[axis + i] != mask.shape()[i])
      throw IndexError("a mask of shape " + to_string(mask.shape()) + " does not match axes " + std::to_string(axis) +
                       " to " + std::to_string(axis + mask.rank() - 1) + " of an array of shape " +
                       to_string(x.shape()));
}

// The axis of x that each item begins at.
std::vector<int> axes_of(const Array& x, const std::vector<ArrayIndex>& items) {
  const auto width = [](const ArrayIndex& item) {
    if (is_mask(item)) return item.array()->rank();
    return item.basic() && std::holds_alternative<NewAxis>(item.basic()->value()) ? 0 : 1;
  };
  const auto is_rest = [](const ArrayIndex& i) {
    return i.basic() && std::holds_alternative<Ellipsis>(i.basic()->value());
  };
  int all = 0, at = 0;
  for (const auto& i : items) all += is_rest(i) ? 0 : width(i);
  std::vector<int> axes;
  for (const auto& i : items) {
    axes.push_back(at);
    at += is_rest(i) ? x.rank() - all : width(i);
  }
  return axes;
}

}  // namespace

Array index(const Array& x, const std::vector<ArrayIndex>& items, const CountMask& count) {
  if (std::none_of(items.begin(), items.end(), is_mask)) return index(x, items);
  const std::vector<int> axes = axes_of(x, items);
  std::vector<ArrayIndex> spelled;
  for (std::size_t k = 0; k < items.size(); k++) {
    if (!is_mask(items[k])) {
      spelled.push_back(items[k]);
      continue;
    }
    const Array& mask = *items[k].array();
    if (mask.rank() == 0) throw IndexError("a mask of no axes selects nothing: None adds an axis");
    check_mask(x, axes[k], mask);
    if (items.size() == 1) return selected(x, mask, count);
    for (auto& i : indices_of(mask, count)) spelled.emplace_back(std::move(i));
  }
  return index(x, spelled);
}

Array compress(const Array& condition, const Array& x, std::optional<std::int64_t> axis, const CountMask& count) {
  if (condition.rank() != 1)
    throw ShapeError("compress: a condition has one axis, not shape " + to_string(condition.shape()));
  const int along = axis ? normalize_axis(*axis, x.rank(), "compress") : 0;
  const std::int64_t n = axis ? x.shape()[along] : x.size();
  if (condition.shape()[0] > n)
    throw ShapeError("compress: a condition of length " + std::to_string(condition.shape()[0]) + " for " +
                     std::to_string(n) + (axis ? " indices" : " elements"));
  const Array mask = mask_of(condition);
  if (x.rank() > 0 && (axis || x.rank() == 1) && along == 0)
    return selected(x.index({Slice(mask.shape()[0])}), mask, count);
  return take(x, indices_of(mask, count)[0], axis);
}

Array extract(const Array& condition, const Array& x, const CountMask& count) {
  return extract(condition, std::vector<Array>{x}, count)[0];
}

std::vector<Array> extract(const Array& condition, const std::vector<Array>& arrays, const CountMask& count) {
  std::int64_t largest = 1;
  for (const auto& x : arrays) {
    largest = std::max(largest, item_size(x.dtype()));
    if (!(condition.shape() == x.shape()))
      throw ShapeError("extract: a condition of shape " + to_string(condition.shape()) + " for an array of shape " +
                       to_string(x.shape()));
  }
  const Array mask = mask_of(with_axis(condition));
  const Counted c = counted(mask, largest, count);
  std::vector<Array> all;
  for (const auto& x : arrays) {
    const Array y = with_axis(x);
    all.push_back(selected({y.node(), IndexTransform::identity(y.shape())}, y.shape(), mask, c));
  }
  return all;
}

std::vector<Array> nonzero(const Array& x, const CountMask& count) {
  if (x.rank() == 0) throw ShapeError("nonzero: a 0-d array has no indices; expand_dims gives it an axis");
  return indices_of(mask_of(x), count);
}

Array flatnonzero(const Array& x, const CountMask& count) { return places_of(mask_of(with_axis(x)), count); }

Array argwhere(const Array& x, const CountMask& count) {
  if (x.rank() == 0) throw ShapeError("argwhere: a 0-d array has no indices; expand_dims gives it an axis");
  std::vector<Array> columns;
  for (const auto& i : nonzero(x, count)) columns.push_back(expand_dims(i, 1));
  return concat(columns, 1);
}

std::vector<std::int64_t> most_counted(const Array& counts) {
  if (counts.dtype() == DType::float64)
    throw UsageError(
        "the number of bins depends on the elements, which nobody has looked at: give a number of bins instead");
  if (counts.node()->kind() != NodeKind::mask_count)
    throw UsageError("a shape depends on the largest label, which nobody has looked for: give minlength= or groups=");
  const ChunkGrid& domain = as_mask_count(*counts.node()).domain();
  std::vector<std::int64_t> most;
  for (std::int64_t k = 0; k < domain.count(); k++) most.push_back(domain.box(k).size());
  return most;
}

}  // namespace tessera

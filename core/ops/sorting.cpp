#include <tessera/core/ops/sorting.hpp>

#include <algorithm>
#include <string>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/literal.hpp>
#include <tessera/core/ops/permutation.hpp>
#include <tessera/core/ops/probabilities.hpp>
#include <tessera/core/ops/rechunk.hpp>
#include <tessera/core/ops/reshape.hpp>

namespace tessera {
namespace {

int sorted_axis(const Array& x, const SortOptions& o, const std::string& name) {
  if (x.rank() == 0) throw ShapeError(name + ": a 0-d array has no axis; expand_dims gives it one");
  return normalize_axis(o.axis.value_or(0), x.rank(), name.c_str());
}

// x with rows that are not cut, where so many short ones are that ranks share them out: every element moves once, in
// large pieces. Else as it is.
Array with_whole_rows(const Array& x, int axis) {
  constexpr std::int64_t many_rows = 64, short_bytes = 1 << 20, sorted_chunk_bytes = 32 << 20;
  const ChunkGrid& grid = x.chunks();
  if (grid.axis(axis).count() <= 1) return x;
  const std::int64_t item = item_size(x.dtype()), row = x.shape()[axis];
  Dims lengths = grid.largest();
  lengths[axis] = 1;
  if (num_elements(x.shape()) / row < many_rows || row > short_bytes / item) return x;
  bool cut = false;
  while (num_elements(lengths) > std::max<std::int64_t>(1, sorted_chunk_bytes / (row * item))) {
    std::int64_t* longest = std::max_element(lengths.begin(), lengths.end());
    *longest = (*longest + 1) / 2;
    cut = true;
  }
  lengths[axis] = row;
  if (cut) return rechunk(x, lengths);
  std::vector<AxisChunks> axes;
  for (int i = 0; i < grid.rank(); i++) axes.push_back(i == axis ? AxisChunks::regular(row, row) : grid.axis(i));
  return rechunk(x, ChunkGrid(std::move(axes)));
}

Array ordered(const Array& x, int axis, const Sort& order, SortNode::Range range) {
  const Array y = with_whole_rows(x, axis);
  return Array(
      std::make_shared<SortNode>(Edge{y.node(), IndexTransform::identity(y.shape())}, y.chunks(), axis, order, range));
}

Array whole_order(const Array& all, const SortOptions& o, bool indices, const char* name) {
  const Array x = o.axis || all.rank() == 1 ? all : ravel(all);
  const int axis = sorted_axis(x, o, name);
  return ordered(x, axis, {x.dtype(), o.descending, indices}, {0, x.shape()[axis]});
}

void check_dtype(const RandomOptions& o, const std::string& name) {
  if (o.dtype && !is_integer(*o.dtype))
    throw DTypeError(name + ": " + to_string(*o.dtype) + " is not an integer dtype; astype converts");
}
Array as_asked(const Array& x, const RandomOptions& o) { return astype(x, o.dtype.value_or(DType::int64)); }

// The first `count` of the numbers below n in the order of 64 random bits each. Of two with the same bits the smaller one
// is first: a bias of n^2 / 2^65.
Array drawn_order(std::int64_t count, std::int64_t n, const RandomOptions& o, const std::string& name) {
  if (n < 0) throw ValueError(name + ": " + std::to_string(n) + " elements");
  check_dtype(o, name);
  RandomOptions bits = o;
  bits.dtype = DType::uint64;
  const Array keys = integers({n}, Scalar(std::uint64_t{0}), Scalar(~std::uint64_t{0}), bits, true);
  return as_asked(ordered(keys, 0, {DType::uint64, false, true}, {0, count}), o);
}

Array extremes(const Array& x, std::int64_t k, std::int64_t axis, bool indices, const char* name) {
  const int along = sorted_axis(x, {.axis = axis}, name);
  const std::int64_t n = x.shape()[along];
  const std::int64_t count = k < -n || k > n ? n : k < 0 ? -k : k;
  return ordered(x, along, {x.dtype(), k > 0, indices}, {0, count});
}

}  // namespace

Array sort(const Array& x, const SortOptions& o) { return whole_order(x, o, false, "sort"); }
Array argsort(const Array& x, const SortOptions& o) { return whole_order(x, o, true, "argsort"); }

Array topk(const Array& x, std::int64_t k, std::int64_t axis) { return extremes(x, k, axis, false, "topk"); }
Array argtopk(const Array& x, std::int64_t k, std::int64_t axis) { return extremes(x, k, axis, true, "argtopk"); }

Array permutation(std::int64_t n, const RandomOptions& o) { return drawn_order(n, n, o, "permutation"); }

Array permutation(const Array& x, std::int64_t axis, const RandomOptions& o) {
  if (o.dtype) throw DTypeError("permutation: of an array there is no dtype to choose; astype converts");
  const int along = normalize_axis(axis, x.rank(), "permutation");
  return take(x, permutation(x.shape()[along], o), along);
}

namespace {

const std::string choosing = "choice without replacement";

void check_count(std::int64_t count, std::int64_t n) {
  if (n < 1) throw ValueError("choice: there is nothing to choose from");
  if (count < 0) throw ValueError(choosing + ": a number of " + std::to_string(count) + " elements");
  if (count > n) throw ValueError(choosing + ": " + std::to_string(count) + " elements of " + std::to_string(n));
}

// The first `count` of exponential times, in which the likelier ones come sooner.
Array first_to_come(std::int64_t count, const Array& p, const RandomOptions& o) {
  check_dtype(o, "choice");
  RandomOptions real = o;
  real.dtype = DType::float64;
  const Array times = exponential(p.shape(), 1, real) / p;
  return as_asked(ordered(times, 0, {times.dtype(), false, true}, {0, count}), o);
}

template <class P>
Array chosen_slices(std::int64_t count, const Array& a, const P& p, const RandomOptions& o) {
  if (a.rank() == 0) throw ShapeError("choice: takes an array, a list or a number, not an array of no axes");
  RandomOptions numbers = o;
  numbers.dtype = std::nullopt;
  return astype(take(a, choice_without_replacement(count, a.shape()[0], p, numbers), 0), o.dtype.value_or(a.dtype()));
}

}  // namespace

Array choice_without_replacement(std::int64_t count, const Array& a, const std::vector<double>& p,
                                 const RandomOptions& o) {
  return chosen_slices(count, a, p, o);
}
Array weighted_choice_without_replacement(std::int64_t count, const Array& a, const Array& p, const RandomOptions& o) {
  return chosen_slices(count, a, p, o);
}

Array choice_without_replacement(std::int64_t count, std::int64_t n, const std::vector<double>& p,
                                 const RandomOptions& o) {
  check_count(count, n);
  if (p.empty()) return drawn_order(count, n, o, "choice");
  check_probabilities(n, p);
  const auto possible = std::count_if(p.begin(), p.end(), [](double v) { return v > 0; });
  if (count > possible)
    throw ValueError(choosing + ": " + std::to_string(count) + " elements, of which " + std::to_string(possible) +
                     " have a probability above 0");
  return first_to_come(count, array(p, {n}), o);
}

Array weighted_choice_without_replacement(std::int64_t count, std::int64_t n, const Array& p, const RandomOptions& o) {
  check_count(count, n);
  check_probabilities(n, p);
  return first_to_come(count, astype(p, DType::float64), o);
}

}  // namespace tessera

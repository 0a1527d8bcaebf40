#include <tessera/distributed/plan/contract_panels.hpp>

#include <algorithm>

namespace tessera {
namespace {

// What a rank has most along an axis: chunks of C, or elements of k.
std::int64_t longest_part(const ContractLayout& layout, int axis) {
  const auto& grid = layout.grid();
  if (axis < grid.rank()) return ceil_div(grid.axis(axis).count(), layout.parts()[axis]);
  const AxisChunks& segments = layout.segments();
  std::int64_t longest = 0;
  for (int k = 0; k < layout.depth(); k++) {
    const auto [first, last] = even_range(segments.count(), k, layout.depth());
    longest = std::max(longest, segments.bound(last) - segments.bound(first));
  }
  return longest;
}

Dims extents_between(const ChunkGrid& grid, const Box& chunks, int axis) {
  const AxisChunks& a = grid.axis(axis);
  const std::int64_t lo = a.bound(chunks.lo[axis]);
  return {lo, a.bound(chunks.lo[axis] + chunks.extent[axis]) - lo};
}

}  // namespace

ContractSteps::ContractSteps(const ContractLayout& layout) {
  for (int i = 0; i < layout.grid().rank(); i++) chunks.push_back(std::max<std::int64_t>(1, longest_part(layout, i)));
  depth = std::max<std::int64_t>(1, longest_part(layout, layout.grid().rank()));
}

Dims ContractSteps::counts(const ContractLayout& layout) const {
  Dims n;
  for (int i = 0; i < chunks.size(); i++) n.push_back(ceil_div(longest_part(layout, i), chunks[i]));
  n.push_back(ceil_div(longest_part(layout, chunks.size()), depth));
  return n;
}

std::int64_t ContractSteps::count(const ContractLayout& layout) const {
  Amount n = 1;
  for (const auto c : counts(layout)) n *= c;
  return n.value();
}

Dims ContractSteps::place(const ContractLayout& layout, std::int64_t number) const {
  const Dims n = counts(layout);
  const int rank = n.size() - 1;
  Dims at = Dims::filled(rank + 1, 0);
  const auto take = [&](int axis) {
    at[axis] = number % n[axis];
    number /= n[axis];
  };
  take(rank);
  const int inner = columns_first ? rank - 2 : rank - 1;
  take(inner), take(inner == rank - 1 ? rank - 2 : rank - 1);
  for (int i = rank - 3; i >= 0; i--) take(i);
  return at;
}

ContractStep ContractSteps::step(const ContractLayout& layout, int rank, std::int64_t number) const {
  const Dims at = place(layout, number);
  const int k = chunks.size();
  const ContractPart part = layout.part(rank);
  ContractStep s{part.chunks, 0, 0, at[k] == 0, at[k] + 1 == counts(layout)[k]};
  for (int i = 0; i < k; i++) {
    const std::int64_t lo = std::min(at[i] * chunks[i], part.chunks.extent[i]);
    s.chunks.lo[i] += lo;
    s.chunks.extent[i] = std::min(chunks[i], part.chunks.extent[i] - lo);
  }
  const std::int64_t begin = layout.segments().bound(part.first), end = layout.segments().bound(part.last);
  s.from = std::min(end, begin + at[k] * depth), s.to = std::min(end, s.from + depth);
  return s;
}

bool ContractSteps::brings(const ContractLayout& layout, ContractOperandName operand, std::uint32_t stack,
                           std::int64_t number) const {
  if (number == 0) return true;
  const Dims now = place(layout, number), before = place(layout, number - 1);
  const int k = chunks.size(), own = operand == ContractOperandName::a ? k - 2 : k - 1;
  for (int i = 0; i + 2 < k; i++)
    if ((stack >> i & 1u) && now[i] != before[i]) return true;
  return now[own] != before[own] || now[k] != before[k];
}

Box ContractSteps::box(const ContractLayout& layout, ContractOperandName operand, std::uint32_t stack,
                       const ContractStep& step) {
  const ChunkGrid& grid = layout.grid();
  const int rank = grid.rank();
  Box box{Dims::filled(rank, 0), Dims::filled(rank, step.empty() ? 0 : 1)};
  if (step.empty()) return box;
  const auto set = [&](int axis, std::int64_t lo, std::int64_t extent) {
    box.lo[axis] = lo, box.extent[axis] = extent;
  };
  for (int i = 0; i + 2 < rank; i++)
    if (stack >> i & 1u) {
      const Dims range = extents_between(grid, step.chunks, i);
      set(i, range[0], range[1]);
    }
  const bool a = operand == ContractOperandName::a;
  const Dims range = extents_between(grid, step.chunks, a ? rank - 2 : rank - 1);
  set(a ? rank - 2 : rank - 1, range[0], range[1]);
  set(a ? rank - 1 : rank - 2, step.from, step.to - step.from);
  return box;
}

}  // namespace tessera

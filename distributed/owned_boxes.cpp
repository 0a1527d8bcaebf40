#include <tessera/distributed/owned_boxes.hpp>

namespace tessera {
namespace {

// A run [begin, end) of positions as boxes of chunks: the axes before `level` of the order are settled in `box`.
void boxes_of_run(const Distribution& d, int level, std::int64_t begin, std::int64_t end, const Box& box,
                  std::vector<Box>& boxes) {
  if (begin >= end) return;
  const auto& order = d.order();
  if (level == order.size()) {
    boxes.push_back(box);
    return;
  }
  std::int64_t inner = 1;
  for (int k = level + 1; k < order.size(); k++) inner *= d.grid().axis(static_cast<int>(order[k])).count();
  const int axis = static_cast<int>(order[level]);
  const auto at = [&](std::int64_t index, std::int64_t from, std::int64_t to) {
    Box b = box;
    b.lo[axis] = index, b.extent[axis] = 1;
    boxes_of_run(d, level + 1, from, to, b, boxes);
  };
  std::int64_t first = begin / inner, last = end / inner;
  if (begin % inner || first == last) {
    at(first, begin % inner, first == last ? end % inner : inner);
    first++;
  }
  if (first < last) {
    Box b = box;
    b.lo[axis] = first, b.extent[axis] = last - first;
    boxes.push_back(b);
  }
  if (first <= last && end % inner) at(last, 0, end % inner);
}

}  // namespace

std::vector<Box> owned_boxes(const Distribution& owners, int rank) {
  std::vector<Box> boxes;
  const Box whole{Dims::filled(owners.grid().rank(), 0), owners.grid().counts()};
  if (whole.empty()) return boxes;
  if (owners.has_runs())
    boxes_of_run(owners, 0, owners.run_begin(rank), owners.run_end(rank), whole, boxes);
  else
    owners.for_each_owned(rank, [&](const Dims& at) { boxes.push_back({at, Dims::filled(at.size(), 1)}); });
  return boxes;
}

}  // namespace tessera

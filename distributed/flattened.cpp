#include <tessera/distributed/flattened.hpp>

namespace tessera {
namespace {

/// The order of the ranges in an order of their axes that goes through each range from front to back; empty if it does
/// not.
Dims order_of(const Dims& order, const std::vector<AxisRange>& ranges) {
  Dims all;
  int at = 0;
  while (at < order.size()) {
    int g = 0;
    while (order[at] < ranges[g].begin || order[at] >= ranges[g].end) g++;
    for (int i = ranges[g].begin; i < ranges[g].end; i++, at++)
      if (at == order.size() || order[at] != i) return {};
    all.push_back(g);
  }
  // Ranges without axes, of one chunk, come last.
  for (std::size_t g = 0; g < ranges.size(); g++)
    if (ranges[g].begin == ranges[g].end) all.push_back(static_cast<std::int64_t>(g));
  return all;
}

}  // namespace

Distribution flattened(const Distribution& owners, const std::vector<AxisRange>& ranges, const ChunkGrid& flat) {
  if (owners.kind() == Distribution::Kind::replicated) return Distribution::replicated(flat, owners.ranks());
  if (owners.kind() == Distribution::Kind::blocks)
    if (const Dims order = order_of(owners.order(), ranges); order.size() == flat.rank())
      return Distribution::blocks(flat, owners.starts(), order);
  std::vector<int> table;
  for (std::int64_t k = 0; k < owners.grid().count(); k++) table.push_back(owners.owner(k));
  return Distribution::table(flat, owners.ranks(), std::move(table));
}

HeldBox FlattenedArray::chunk(const Dims& coordinates) const {
  HeldBox h = array_.chunk(array_.grid().coordinates(grid().linear(coordinates)));
  h.held = grid().box(coordinates);
  h.strides = row_major_strides(h.held.extent, item_size(dtype()));
  return h;
}

}  // namespace tessera

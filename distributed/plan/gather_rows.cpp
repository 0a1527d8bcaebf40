#include <tessera/distributed/plan/gather_rows.hpp>

#include <algorithm>

namespace tessera {
namespace {

// A request for more than that is several: its elements fit in a message, and their number in 16 bits.
constexpr std::int64_t most_bytes = 32 << 10, most_indices = 1 << 16;

bool used_by_indices(const GatherOperator& op, int axis) {
  for (std::size_t k = 0; k < op.indices.size(); k++)  // a scatter's values come behind them
    for (const auto& a : op.walk.outputs[0].inputs[k].map.axes())
      if (a.from == axis) return true;
  return false;
}

// Of a diagonal several axes of the array go along with one of the result.
bool moves_alone(const GatherOperator& op, int axis) {
  return std::count_if(op.axes.begin(), op.axes.end(),
                       [axis](const GatheredAxis& a) { return a.index < 0 && a.from == axis; }) == 1;
}

std::int64_t width_of(const GatherOperator& op) {
  std::int64_t width = 1;
  for (int k = 1; k < op.row_axes; k++) width *= op.walk.grid.axis(op.walk.grid.rank() - k).extent();
  return width;
}

}  // namespace

void find_rows(GatherOperator& op) {
  const int rank = op.walk.grid.rank(), of = op.grid.rank();
  const std::int64_t item = item_size(op.walk.outputs[0].dtype);
  std::int64_t width = 1;
  op.row_axes = 0;
  for (int k = 1; k <= std::min(rank, of); k++) {
    const GatheredAxis& a = op.axes[static_cast<std::size_t>(of - k)];
    const AxisChunks &mine = op.walk.grid.axis(rank - k), &cuts = op.grid.axis(of - k);
    if (a.index >= 0 || a.from != rank - k || a.stride != 1) break;
    if (!moves_alone(op, rank - k) || used_by_indices(op, rank - k)) break;
    if (mine.extent() == 0 || (cuts.count() > 1 && !(cuts.sliced(a.offset, 1, mine.extent()) == mine))) break;
    op.row_axes = k;
    const bool whole = cuts.count() <= 1 && mine.count() <= 1 && mine.extent() == cuts.extent();
    if (!whole || width > most_bytes / item / mine.extent()) break;
    width *= mine.extent();
  }
  op.piece = 1;
  if (op.row_axes == 0) return;
  const std::int64_t most = std::clamp<std::int64_t>(most_bytes / item, 1, most_indices), w = width_of(op);
  const std::int64_t longest = op.walk.grid.axis(rank - op.row_axes).longest();
  op.piece = std::max<std::int64_t>(1, std::min(longest, most / w)) * w;
}

Dims unit_of(const GatherOperator& op) {
  Dims unit = Dims::filled(op.walk.grid.rank(), 1);
  for (int k = 1; k < op.row_axes; k++) unit[unit.size() - k] = op.walk.grid.axis(unit.size() - k).extent();
  return unit;
}

std::int64_t row_of(const GatherOperator& op, const Dims& tile) {
  std::int64_t row = 1;
  for (int k = 1; k <= op.row_axes; k++) row *= tile[tile.size() - k];
  return row;
}

std::int64_t requests_of(const GatherOperator& op, const Dims& tile) {
  const std::int64_t row = std::max<std::int64_t>(1, row_of(op, tile));
  Amount all = 1;
  for (const auto e : tile) all *= e;
  return (Amount(all.value() / row) * ceil_div(row, op.piece)).value();
}

}  // namespace tessera

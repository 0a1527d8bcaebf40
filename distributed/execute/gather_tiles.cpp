#include <tessera/distributed/execute/gather_tiles.hpp>

#include <algorithm>

namespace tessera {
namespace {

// Where the operand is for the row at this index of the result.
const std::byte* operand_at(const StridedInput& operand, const Box& tile, const Dims& at) {
  const std::byte* p = operand.data;
  for (int i = 0; i < at.size(); i++) p += (at[i] - tile.lo[i]) * operand.strides[i];
  return p;
}

}  // namespace

void GatherPositions::fail(std::size_t index, std::int64_t value, Dims at, std::int64_t row) const {
  if (line_axis() >= 0) at[line_axis()] += row;
  const GatherIndex& of = op_.indices[index];
  throw IndexError("index " + std::to_string(value) + " is out of bounds for axis " + std::to_string(of.axis) +
                   " with size " + std::to_string(of.extent) + "; it is element " + to_string(of.place.map(at)) +
                   " of the index array");
}

// The indices of some rows as they count from the front.
void GatherPositions::check(const Box& tile, const StridedInput& operand, std::size_t index, const Dims& at,
                            std::int64_t rows) {
  const std::byte* p = operand_at(operand, tile, at);
  const std::int64_t step = line_axis() < 0 ? 0 : operand.strides[line_axis()];
  const auto extent = static_cast<std::uint64_t>(op_.indices[index].extent);
  std::int64_t* to = values();
  for (std::int64_t i = 0; i < rows; i++) {
    std::int64_t v = *reinterpret_cast<const std::int64_t*>(p + i * step);
    if (static_cast<std::uint64_t>(v) >= extent) {
      const std::int64_t given = v;
      if (v >= 0 || static_cast<std::uint64_t>(v += op_.indices[index].extent) >= extent) fail(index, given, at, i);
    }
    to[i] = v;
  }
}

void GatherPositions::find(const Box& tile, std::span<const StridedInput> operands, const Dims& at, std::int64_t rows) {
  if (!order_.is_row_major()) return find_in_chunks(tile, operands, at, rows);
  std::int64_t first = 0, step = 0;
  for (std::size_t j = 0; j < op_.axes.size(); j++) {
    const GatheredAxis& a = op_.axes[j];
    const std::int64_t stride = order_.strides()[static_cast<int>(j)];
    first += a.offset * stride;
    if (a.from >= 0) first += a.stride * at[a.from] * stride;
    if (a.from >= 0 && a.from == line_axis()) step += a.stride * stride;
  }
  std::int64_t* to = positions();
  for (std::int64_t i = 0; i < rows; i++) to[i] = first + step * i;
  for (std::size_t k = 0; k < op_.indices.size(); k++) {
    std::int64_t each = 0;
    for (std::size_t j = 0; j < op_.axes.size(); j++)
      if (op_.axes[j].index == static_cast<int>(k)) each += op_.axes[j].stride * order_.strides()[static_cast<int>(j)];
    check(tile, operands[k], k, at, rows);
    const std::int64_t* from = values();
    for (std::int64_t i = 0; i < rows; i++) to[i] += each * from[i];
  }
}

void GatherPositions::find_in_chunks(const Box& tile, std::span<const StridedInput> operands, const Dims& at,
                                     std::int64_t rows) {
  // One row after another: their chunks differ.
  const int line = line_axis();
  Dims here = at;
  for (std::int64_t i = 0; i < rows; i++) {
    if (line >= 0) here[line] = at[line] + i;
    Dims element = Dims::filled(static_cast<int>(op_.axes.size()), 0);
    for (std::size_t k = 0; k < op_.indices.size(); k++) {
      check(tile, operands[k], k, here, 1);
      for (std::size_t j = 0; j < op_.axes.size(); j++)
        if (op_.axes[j].index == static_cast<int>(k)) element[static_cast<int>(j)] = op_.axes[j].stride * values()[0];
    }
    for (std::size_t j = 0; j < op_.axes.size(); j++) {
      const GatheredAxis& a = op_.axes[j];
      element[static_cast<int>(j)] += a.offset + (a.from >= 0 ? a.stride * here[a.from] : 0);
    }
    positions()[i] = order_.position(element);
  }
}

GatherUser::GatherUser(StageRun& stage, const GatherOperator& op, const TileCursor& cursor, const GatherUse& use,
                       int thread)
    : TileRunner(stage, *op.use, cursor, boxes_, use.columns, thread), boxes_(use.fetched) {}

void GatherUser::run(const Dims& at, const Box& tile, std::byte* elements) {
  for (std::size_t v = 0; v < op_.values.size(); v++)
    if (op_.values[v].as<GatheredValue>())
      boxes_[v] = {elements, tile, row_major_strides(tile.extent, item_size(op_.values[v].dtype)), Space::host};
  within_ = lane_;
  run_tile(at, op_.grid.box(at), tile);
  close_regions();
}

GatherHere::GatherHere(StageRun& stage, const GatherOperator& op, const ChunkOrder& order, const TileCursor& cursor,
                       const std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& no_columns,
                       const GatherUse* use, int thread)
    : TileRunner(stage, op.walk, cursor, fetched, no_columns, thread),
      gather_(op),
      positions_(op, order, stage.x.pool),
      rows_(stage.x, stage.x.resident(op.array), order, Stream{thread}) {
  if (use) user_.emplace(stage, op, cursor, *use, thread);
}

void GatherHere::finish() {
  TileRunner::finish();
  if (user_) user_->finish();
}

void GatherHere::map_tile(std::size_t, const Dims& coordinates, const Box& tile) {
  const StageOutput& o = op_.outputs[0];
  const std::int64_t item = item_size(o.dtype), length = row_of(gather_, tile.extent);
  operands_of(o.inputs, tile.lo);
  StridedOutput result{nullptr, row_major_strides(tile.extent, item)};
  if (o.array)
    result = output_at(execution_.array(*o.array)->chunk(coordinates), tile.lo);
  else
    result.data = buffer(op_.values.size(), tile.size() * item);
  {
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    const int line = positions_.line_axis();
    positions_.for_each_batch(tile, operands_, [&](const Dims& at, std::int64_t rows, const std::int64_t* positions) {
      std::byte* to = address(result.data, result.strides, at, tile.lo);
      rows_.copy(positions, rows, length, to, line < 0 ? 0 : result.strides[line]);
    });
    rows_.wait();
  }
  if (user_) user_->run(coordinates, tile, result.data);
  if (!o.writes.empty()) write(o, tile, {result.data, result.strides});
}

}  // namespace tessera

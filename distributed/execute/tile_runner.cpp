#include <tessera/distributed/execute/tile_runner.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/store_calls.hpp>

namespace tessera {
namespace {

constexpr std::int64_t streaming_bytes = 8 << 20;  // results beyond this are not in a cache when somebody reads them

FoldedPositions folded_positions(const Stage& stage, const StageOutput& output, const Box& tile) {
  FoldedPositions p{0, Dims::filled(tile.rank(), 0)};
  std::int64_t step = 1;
  for (int i = tile.rank() - 1; i >= 0; i--) {
    if (!(output.reduced >> i & 1u)) continue;
    p.strides[i] = step;
    p.first += tile.lo[i] * step;
    step *= stage.grid.axis(i).extent();
  }
  return p;
}

}  // namespace

TileRunner::TileRunner(Execution& execution, const Stage& stage, const TileCursor& cursor,
                       const std::vector<HeldBox>& fetched, std::vector<std::unique_ptr<Columns>>& columns,
                       TraceLane* lane, int traced_stage)
    : lane_(lane),
      traced_stage_(traced_stage),
      execution_(execution),
      stage_(stage),
      cursor_(cursor),
      fetched_(fetched),
      columns_(columns),
      buffers_(stage.values.size() + stage.outputs.size()),
      held_(stage.values.size()),
      wanted_values_(stage) {
  for (const auto& v : stage.values)
    residents_.push_back(v.kind == TileValue::Kind::resident ? &execution.resident(v) : nullptr);
  for (const auto& v : stage.values) {
    if (v.seam_axis < 0) continue;
    seams_.resize(static_cast<std::size_t>(stage.grid.rank()));
    for (int i = 0; i < v.within.rank(); i++) {
      auto& seams = seams_[static_cast<std::size_t>(i)];
      seams.push_back(v.within.lo[i]);
      seams.push_back(v.within.lo[i] + v.within.extent[i]);
    }
  }
  for (auto& seams : seams_) {
    std::sort(seams.begin(), seams.end());
    seams.erase(std::unique(seams.begin(), seams.end()), seams.end());
  }
  segment_ = {Dims::filled(stage.grid.rank(), 0), Dims::filled(stage.grid.rank(), 0)};
  runs_.reserve(columns_.size());
  for (auto& c : columns_) {
    if (c) runs_.emplace_back(*c);
    run_of_.push_back(c ? &runs_.back() : nullptr);
  }
  companies_.resize(stage.outputs.size());
  for (std::size_t k = 0; k < stage.outputs.size(); k++) {
    const StageOutput& o = stage.outputs[k];
    if (!o.is_reduce || o.twin >= 0) continue;
    const std::size_t leader = o.leader < 0 ? k : static_cast<std::size_t>(o.leader);
    auto& company = companies_[leader];
    company.insert(leader == k ? company.begin() : company.end(), k);
  }
}

void TileRunner::run(const TileItem& item) {
  const TraceSpan span(lane_, Activity::tile, traced_stage_);
  within_ = item.count == 1 ? lane_ : nullptr;
  for (std::int64_t k = 0; k < item.count; k++) {
    const Dims at = stage_.owners.at_position(item.position + k);
    const Box chunk = stage_.grid.box(at), tile = item.count > 1 ? chunk : cursor_.tile_box(at, item);
    make_values(tile);
    for (std::size_t o = 0; o < stage_.outputs.size(); o++) make_output(o, at, chunk, tile);
  }
  // A run of tiny chunks ends here; larger ones stay open in the tree of their column.
  for (auto& r : runs_) r.flush();
  execution_.counters.tiles += item.count;
}

void TileRunner::flush() {
  for (auto& r : runs_) r.flush();
}

void TileRunner::prefetch(const TileItem& item) const {
  constexpr std::int64_t worth_bytes = 64 << 10;
  if (item.count != 1) return;
  const Box tile = cursor_.tile_box(stage_.owners.at_position(item.position), item);
  std::vector<std::size_t> wanted;
  wanted_values_.find(tile, wanted);
  for (const std::size_t k : wanted) {
    const TileValue& v = stage_.values[k];
    if (v.kind != TileValue::Kind::read) continue;
    const Box box = v.from_domain.map(intersect(tile, v.within));
    if (box.size() * item_size(v.dtype) < worth_bytes) continue;
    const Store* store = execution_.plan.sources[static_cast<std::size_t>(v.source)].node->store();
    run_store_code(*store, [&] { store->prefetch(box); });
  }
}

void TileRunner::operands_of(const std::vector<TileInput>& inputs, const Dims& at) {
  operands_.clear();
  for (const auto& in : inputs) {
    const HeldBox& h = held_[static_cast<std::size_t>(in.value)];
    std::int64_t origin = 0;
    Dims strides = in.map.strides(at, h.held, h.strides, origin);
    operands_.push_back({h.data + origin, strides});
  }
}

// One pass for all that are folded from the same elements. Those that another output leads, or is a twin of, are made
// with it.
void TileRunner::fold_tile(std::size_t number, const Dims& coordinates, const Box& chunk, const Box& tile) {
  if (companies_[number].empty()) return;
  const TraceSpan span(within_, Activity::reduce, traced_stage_);
  const StageOutput& o = stage_.outputs[number];
  operands_of(o.inputs, tile.lo);
  members_.clear();
  folds_.clear();
  bool positions = false;
  for (const std::size_t k : companies_[number]) {
    const StageOutput& member = stage_.outputs[k];
    const auto place = columns_[k]->place(coordinates, chunk, tile);
    std::int64_t leaves = 1;
    for (auto n : place.leaf_counts) leaves *= n;
    const std::int64_t bytes = leaves * columns_[k]->state_bytes(place.outputs);
    members_.push_back({k, place, bytes});
    folds_.push_back({&member.fold, buffer(stage_.values.size() + k, bytes)});
    positions = positions || is_position(member.fold.combiner);
  }
  o.program.kernel->reduce(folds_, tile.extent, o.reduced, o.leaf, operands_, o.program.scalars,
                           positions ? folded_positions(stage_, o, tile) : FoldedPositions{});
  for (std::size_t m = 0; m < members_.size(); m++) {
    const Member& member = members_[m];
    for (std::size_t k = member.output + 1; k < stage_.outputs.size(); k++) {  // `add` combines them in place
      if (stage_.outputs[k].twin != static_cast<int>(member.output)) continue;
      std::byte* copy = buffer(stage_.values.size() + k, member.bytes);
      std::memcpy(copy, folds_[m].states, static_cast<std::size_t>(member.bytes));
      run_of_[k]->add(member.place, copy);
    }
    run_of_[member.output]->add(member.place, folds_[m].states);
  }
}

void TileRunner::make_output(std::size_t number, const Dims& coordinates, const Box& chunk, const Box& tile) {
  const StageOutput& o = stage_.outputs[number];
  if (o.is_reduce) return fold_tile(number, coordinates, chunk, tile);
  operands_of(o.inputs, tile.lo);
  const std::int64_t item = item_size(o.dtype);
  cpu::Result result;
  bool streaming = false;
  if (o.array >= 0) {
    const HeldBox h = execution_.arrays[static_cast<std::size_t>(o.array)]->chunk(coordinates);
    result = {address(h, tile.lo), h.strides};
    streaming = o.owners.grid().count() > 0 && Amount(num_elements(o.grid.shape())) * item > streaming_bytes &&
                o.writes.empty();
  } else {
    result = {buffer(stage_.values.size() + number, tile.size() * item), row_major_strides(tile.extent, item)};
  }
  {
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    o.program.kernel->map(tile.extent, operands_, o.program.scalars, {&result, 1}, streaming);
  }
  for (int sink : o.writes) {
    TraceSpan span(within_, Activity::write, traced_stage_);
    StoreWriter& writer = execution_.writer(sink);
    const std::int64_t bytes = run_store_code(writer, [&] { return writer.write(tile, result.data, result.strides); });
    span.set_bytes(bytes);
    execution_.counters.bytes_written += bytes;
  }
}

}  // namespace tessera

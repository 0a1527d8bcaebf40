#include <tessera/distributed/execute/tile_runner.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/cpu/random.hpp>
#include <tessera/distributed/plan/seams.hpp>

namespace tessera {
namespace {

constexpr std::int64_t streaming_bytes = 8 << 20;  // results beyond this are not in a cache when somebody reads them

std::byte* address(const HeldBox& h, const Dims& at) {
  std::byte* p = h.data;
  for (int i = 0; i < at.size(); i++) p += (at[i] - h.held.lo[i]) * h.strides[i];
  return p;
}

// True when a tile needs the value: always, unless it is (of) a piece that lies elsewhere.
bool wanted(const TileValue& v, const Box& tile) {
  if (v.seam_axis < 0) return true;
  const std::int64_t lo = v.within.lo[v.seam_axis], begin = tile.lo[v.seam_axis];
  if (lo + v.within.extent[v.seam_axis] <= begin || lo >= begin + tile.extent[v.seam_axis]) return false;
  return !intersect(tile, v.within).empty();
}

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
      held_(stage.values.size()) {
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

std::byte* TileRunner::buffer(std::size_t slot, std::int64_t bytes) {
  if (buffers_[slot].bytes() < bytes || !buffers_[slot].data()) {
    buffers_[slot] = Buffer();
    buffers_[slot] = Buffer(execution_.pool, bytes, "a tile");
  }
  return buffers_[slot].data();
}

// Values of pieces share one buffer: few of them are wanted in one tile.
std::byte* TileRunner::value_buffer(std::size_t number, std::int64_t bytes) {
  if (stage_.values[number].seam_axis < 0) return buffer(number, bytes);
  if (!arena_.data()) arena_ = Buffer(execution_.pool, stage_.seam_bytes, "the pieces of a tile");
  std::byte* at = arena_.data() + arena_used_;
  arena_used_ += ceil_div(bytes, piece_alignment) * piece_alignment;
  if (arena_used_ > arena_.bytes()) throw InternalError("pieces of a tile take more than planned");
  return at;
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
  for (const auto& v : stage_.values)
    if (v.kind == TileValue::Kind::read && wanted(v, tile)) {
      const Box box = v.from_domain.map(intersect(tile, v.within));
      if (box.size() * item_size(v.dtype) >= worth_bytes)
        execution_.plan.sources[static_cast<std::size_t>(v.source)].node->store()->prefetch(box);
    }
}

// Values wanted everywhere, and those of the pieces that the tile touches.
void TileRunner::make_values(const Box& tile) {
  if (seams_.empty()) {
    for (std::size_t v = 0; v < stage_.values.size(); v++) make_value(v, tile);
    return;
  }
  if (!(intersect(tile, segment_) == tile)) {
    wanted_.clear();
    segment_ = tile;
    for (std::size_t v = 0; v < stage_.values.size(); v++)
      if (wanted(stage_.values[v], tile)) wanted_.push_back(v);
    // The same values are wanted up to the next seams around the tile.
    for (int i = 0; i < tile.rank(); i++) {
      const auto& seams = seams_[static_cast<std::size_t>(i)];
      const auto after = std::lower_bound(seams.begin(), seams.end(), tile.lo[i] + tile.extent[i]);
      const auto before = std::upper_bound(seams.begin(), seams.end(), tile.lo[i]);
      if (before != after || before == seams.begin() || after == seams.end()) continue;
      segment_.lo[i] = *std::prev(before);
      segment_.extent[i] = *after - segment_.lo[i];
    }
  }
  arena_used_ = 0;
  for (auto v : wanted_) make_value(v, tile);
}

void TileRunner::make_value(std::size_t number, const Box& whole) {
  const TileValue& v = stage_.values[number];
  const Box tile = v.seam_axis < 0 ? whole : intersect(whole, v.within);
  HeldBox& h = held_[number];
  if (v.kind == TileValue::Kind::fetched) {
    h = fetched_[number];
    return;
  }
  const Box box = v.from_domain.map(tile);
  const std::int64_t item = item_size(v.dtype);
  if (v.kind == TileValue::Kind::resident) return use_resident(number, box);
  if (v.kind == TileValue::Kind::pieces) return join_pieces(number, tile);
  h.held = box;
  h.strides = row_major_strides(box.extent, item);
  h.data = value_buffer(number, box.size() * item);
  switch (v.kind) {
    case TileValue::Kind::read: {
      const Store* store = execution_.plan.sources[static_cast<std::size_t>(v.source)].node->store();
      const TraceSpan span(within_, Activity::read, traced_stage_, box.size() * item);
      store->read(box, h.data, h.strides);
      execution_.counters.bytes_read += store->file_bytes(box);
      break;
    }
    case TileValue::Kind::generate: {
      const TraceSpan span(within_, Activity::generate, traced_stage_);
      generate(v, h);
      break;
    }
    default: {
      const TraceSpan span(within_, Activity::compute, traced_stage_);
      operands_of(v.inputs, box.lo);
      const cpu::Result result{h.data, h.strides};
      v.program.kernel->map(box.extent, operands_, v.program.scalars, {&result, 1}, false);
    }
  }
}

// One piece is used where it is; several are copied together.
void TileRunner::join_pieces(std::size_t number, const Box& tile) {
  const TileValue& v = stage_.values[number];
  HeldBox& h = held_[number];
  h.held = v.from_domain.map(tile);
  const std::int64_t item = item_size(v.dtype), begin = tile.lo[v.axis], end = begin + tile.extent[v.axis];
  const auto first = std::upper_bound(v.cuts.begin(), v.cuts.end(), begin) - v.cuts.begin() - 1;
  const auto elements = [&](std::size_t k, const Box& box) {
    const TileInput& in = v.inputs[k];
    const HeldBox& part = held_[static_cast<std::size_t>(in.value)];
    std::int64_t origin = 0;
    const Dims strides = in.map.strides(box.lo, part.held, part.strides, origin);
    return HeldBox{part.data + origin, box, strides};
  };
  if (end <= v.cuts[static_cast<std::size_t>(first) + 1]) {
    h = elements(static_cast<std::size_t>(first), h.held);
    return;
  }
  h.strides = row_major_strides(h.held.extent, item);
  h.data = value_buffer(number, h.held.size() * item);
  for (auto k = static_cast<std::size_t>(first); k < v.inputs.size() && v.cuts[k] < end; k++) {
    Box part = tile;
    part.lo[v.axis] = std::max(begin, v.cuts[k]);
    part.extent[v.axis] = std::min(end, v.cuts[k + 1]) - part.lo[v.axis];
    const HeldBox from = elements(k, v.from_domain.map(part));
    cpu::copy(from.held.extent, item, from.data, from.strides, address(h, from.held.lo), h.strides);
  }
}

void TileRunner::use_resident(std::size_t number, const Box& box) {
  const ResidentArray& array = *residents_[number];
  HeldBox& h = held_[number];
  const auto& grid = array.grid();
  Dims first, last;
  bool one = true;
  for (int i = 0; i < grid.rank(); i++) {
    if (box.extent[i] == 0) {
      h = {nullptr, box, Dims::filled(grid.rank(), 0)};
      return;
    }
    first.push_back(grid.axis(i).find(box.lo[i]));
    last.push_back(box.extent[i] == 1 || stage_.values[number].one_chunk
                       ? first[i]
                       : grid.axis(i).find(box.lo[i] + box.extent[i] - 1));
    one = one && first[i] == last[i];
  }
  if (one) {
    h = array.chunk(first);
    return;
  }
  const std::int64_t item = item_size(array.dtype());
  h.held = box;
  h.strides = row_major_strides(box.extent, item);
  h.data = value_buffer(number, box.size() * item);
  Dims count;
  for (int i = 0; i < first.size(); i++) count.push_back(last[i] - first[i] + 1);
  for_each_index(count, [&](const Dims& at) {
    Dims c = first;
    for (int i = 0; i < c.size(); i++) c[i] += at[i];
    const HeldBox from = array.chunk(c);
    const Box part = intersect(from.held, box);
    cpu::copy(part.extent, item, address(from, part.lo), from.strides, address(h, part.lo), h.strides);
  });
}

void TileRunner::generate(const TileValue& v, const HeldBox& h) const {
  const auto& data = execution_.plan.sources[static_cast<std::size_t>(v.source)].node->data();
  const std::int64_t item = item_size(v.dtype);
  // Rows: the trailing axes that the box has whole are one run of consecutive elements.
  int axis = h.held.rank() - 1;
  std::int64_t row = 1;
  while (axis >= 0) {
    row *= h.held.extent[axis];
    if (h.held.extent[axis] != v.shape[axis]) break;
    axis--;
  }
  if (row == 0) return;
  const Dims strides = row_major_strides(v.shape, 1);
  std::byte* out = h.data;
  Dims outer;
  for (int i = 0; i < axis; i++) outer.push_back(h.held.extent[i]);
  for_each_index(outer, [&](const Dims& at) {
    std::int64_t first = 0;
    for (int i = 0; i < h.held.rank(); i++) first += (h.held.lo[i] + (i < at.size() ? at[i] : 0)) * strides[i];
    const auto start = static_cast<std::uint64_t>(first);
    if (const auto* r = std::get_if<RandomSource>(&data)) {
      if (r->kind == RandomSource::Kind::uniform)
        cpu::uniform(v.dtype, r->key, start, row, out);
      else
        cpu::normal(v.dtype, r->key, start, row, out);
    } else if (const auto* l = std::get_if<LawSource>(&data)) {
      l->law->draw(l->key, start, row, out);
    } else if (const auto* a = std::get_if<ArangeSource>(&data)) {
      if (a->start.kind() == Kind::integer)
        cpu::arange(v.dtype, a->start.as<std::int64_t>(), a->step.as<std::int64_t>(), start, row, out);
      else
        cpu::arange(v.dtype, a->start.as<double>(), a->step.as<double>(), start, row, out);
    } else {
      throw InternalError("a fill source was not folded into a Program");
    }
    out += row * item;
  });
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
    streaming =
        o.owners.grid().count() > 0 && num_elements(o.grid.shape()) * item > streaming_bytes && o.writes.empty();
  } else {
    result = {buffer(stage_.values.size() + number, tile.size() * item), row_major_strides(tile.extent, item)};
  }
  {
    const TraceSpan span(within_, Activity::compute, traced_stage_);
    o.program.kernel->map(tile.extent, operands_, o.program.scalars, {&result, 1}, streaming);
  }
  for (int sink : o.writes) {
    const TraceSpan span(within_, Activity::write, traced_stage_, tile.size() * item);
    execution_.writers[static_cast<std::size_t>(execution_.plan.sinks[static_cast<std::size_t>(sink)].target)]->write(
        tile, result.data, result.strides);
    execution_.counters.bytes_written += tile.size() * item;
  }
}

}  // namespace tessera

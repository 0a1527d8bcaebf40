#include <tessera/distributed/execute/contract_operand.hpp>

#include <algorithm>
#include <atomic>

#include <tessera/distributed/execute/team.hpp>
#include <tessera/io/files.hpp>

namespace tessera {

namespace {

// What a runner refers to, and has to be there before it.
struct NothingFetched {
  NothingFetched(const TileOperator& walk, int rank)
      : boxes(walk.values.size()), columns(walk.outputs.size()), cursor(walk, rank) {}
  std::vector<HeldBox> boxes;
  std::vector<std::unique_ptr<Columns>> columns;
  TileCursor cursor;
};

}  // namespace

// Makes boxes of an operand on one worker, of files and generators.
class ContractPanel::Maker final : private NothingFetched, public TileRunner {
 public:
  Maker(StageRun& stage, const TileOperator& walk, int worker)
      : NothingFetched(walk, stage.x.comm.rank()), TileRunner(stage, walk, cursor, boxes, columns, worker) {}
  StridedInput make(const Box& box) {
    within_ = lane_;
    make_values(box);
    return elements(0, box);
  }
};

ContractPanel::ContractPanel(StageRun& stage, const ContractOperator& op, const ContractOperand& operand)
    : stage_(stage), x_(stage.x), op_(op), operand_(operand), item_(item_size(op.output.dtype)) {}

ContractPanel::~ContractPanel() = default;

void ContractPanel::prepare() {
  if (!operand_.in_place())
    buffer_ = Buffer(x_.pool_in(op_.space), op_.memory.panels[static_cast<std::size_t>(operand_.name)],
                     "a panel of a product");
  if (const auto* tiles = std::get_if<MultipliedTiles>(&operand_.how))
    for (int k = 0; k < op_.workers; k++) makers_.push_back(std::make_unique<Maker>(stage_, tiles->walk, k));
}

bool ContractPanel::brings(std::int64_t step) const {
  return op_.steps.brings(op_.layout, operand_.name, operand_.stack, step);
}

bool ContractPanel::talks(std::int64_t step) const {
  const auto* held = std::get_if<MultipliedArray>(&operand_.how);
  if (!held || held->in_place || (held->pieces && !held->pieces->fetches())) return false;
  return x_.comm.size() > 1 && !on_every_rank(x_.plan, held->array) && brings(step);
}

bool ContractPanel::by_columns() const {
  const auto* held = std::get_if<MultipliedArray>(&operand_.how);
  return held && held->by_columns;
}

void ContractPanel::lie_in_buffer(const Box& box) {
  held_ = {buffer_.data(), box, row_major_strides(box.extent, item_), op_.space};
  if (const int columns = box.rank() - 1; by_columns())
    held_.strides[columns] = box.extent[columns - 1] * item_, held_.strides[columns - 1] = item_;
  for (int i = 0; i + 2 < box.rank(); i++)
    if (!(operand_.stack >> i & 1u)) held_.strides[i] = 0;
}

void ContractPanel::lie_in_place(const Box& box, const MultipliedArray& held) {
  const ResidentArray& array = x_.resident(held.array);
  const Box there = held.map.map(box);
  Dims chunk;
  for (int i = 0; i < there.rank(); i++) chunk.push_back(array.grid().axis(i).find(there.lo[i]));
  const HeldBox first = array.chunk(chunk);
  held_ = {address(first, there.lo), box, Dims::filled(box.rank(), 0), op_.space};
  for (int i = 0; i < there.rank(); i++)
    if (const int from = held.map.axis(i).from; from >= 0) held_.strides[from] = first.strides[i];
}

StridedOutput ContractPanel::target_in(const MultipliedArray& held, const HeldBox& box) {
  StridedOutput to{box.data, Dims::filled(held.map.input_rank(), 0), box.space};
  for (int i = 0; i < held.map.input_rank(); i++)
    if (const int from = held.map.axis(i).from; from >= 0) to.strides[i] = box.strides[from];
  return to;
}

void ContractPanel::prepare_fetch(std::int64_t step) {
  const auto& held = std::get<MultipliedArray>(operand_.how);
  const auto box_of = [this, &held, step](int rank) {
    const Box box = panel_box(op_, operand_, rank, step);
    if (!box.empty()) return held.map.map(box);
    return Box{Dims::filled(held.map.input_rank(), 0), Dims::filled(held.map.input_rank(), 0)};
  };
  lie_in_buffer(panel_box(op_, operand_, x_.comm.rank(), step));
  fetch_.emplace(x_.comm, x_.device, x_.resident(held.array), box_of(x_.comm.rank()), box_of);
}

void ContractPanel::fetch() {
  const TraceSpan exchange(x_.lane(), Activity::exchange, stage_.traced());
  const auto& held = std::get<MultipliedArray>(operand_.how);
  x_.counters.add(fetch_->run(
      target_in(held, held_), x_.transport(held.array, op_.space),
      [this](std::int64_t came, std::int64_t of) { stage_.failure.then([&] { stage_.tell(true, came, of); }); }));
  fetch_.reset();
}

void ContractPanel::bring(std::int64_t step) {
  if (!brings(step) || talks(step)) return;
  const Box box = panel_box(op_, operand_, x_.comm.rank(), step);
  if (box.empty()) return;
  if (const auto* tiles = std::get_if<MultipliedTiles>(&operand_.how)) {
    lie_in_buffer(box);
    make(*tiles);
    return;
  }
  const auto& held = std::get<MultipliedArray>(operand_.how);
  if (held.pieces) return;
  if (held.in_place) {
    stage_.failure.then([&] { lie_in_place(box, held); });
    return;
  }
  lie_in_buffer(box);
  copy(held);
}

// Pieces of a panel, drawn by all workers: of at most `length` along an axis. What goes wrong is kept.
template <class F>
void ContractPanel::share(int axis, std::int64_t length, const F& f) {
  const Box& panel = held_.held;
  std::atomic<std::int64_t> next{0};
  const auto work = [&](int worker) {
    stage_.failure.then([&] {
      for (std::int64_t at = next++ * length; at < panel.extent[axis] && !stage_.failure.any(); at = next++ * length) {
        Box box = panel;
        box.lo[axis] += at, box.extent[axis] = std::min(length, panel.extent[axis] - at);
        f(box, worker);
      }
    });
    free_scratch();
  };
  if (op_.workers == 1)
    work(0);
  else
    run_team(op_.workers, work);
}

void ContractPanel::make(const MultipliedTiles& tiles) {
  share(tiles.cut_axis, tiles.cut_length, [&](const Box& box, int worker) {
    const StridedInput from = makers_[static_cast<std::size_t>(worker)]->make(box);
    x_.copy(Stream{worker}, box.extent, item_, from, output_at(held_, box.lo));
    if (op_.space == Space::device) x_.device.wait(Stream{worker});  // the maker goes on in the memory that is copied
  });
}

// Where nobody is asked, all of the array is here.
void ContractPanel::copy(const MultipliedArray& held) {
  constexpr std::int64_t pieces_per_worker = 8;
  const Dims& extent = held_.held.extent;
  const auto axis = static_cast<int>(std::max_element(extent.begin(), extent.end()) - extent.begin());
  const StridedOutput to = target_in(held, held_);
  const Dims origin = held.map.map(held_.held).lo;
  share(axis, ceil_div(extent[axis], op_.workers == 1 ? 1 : pieces_per_worker * op_.workers),
        [&](const Box& box, int worker) {
          const Box wanted = held.map.map(box);
          copy_chunks(held, wanted, {address(to.data, to.strides, wanted.lo, origin), to.strides, to.space}, worker);
        });
}

void ContractPanel::copy_chunks(const MultipliedArray& held, const Box& wanted, const StridedOutput& to,
                                int worker) const {
  const ResidentArray& array = x_.resident(held.array);
  Box chunks = wanted;
  for (int i = 0; i < wanted.rank(); i++) {
    const AxisChunks& cuts = array.grid().axis(i);
    chunks.lo[i] = cuts.find(wanted.lo[i]);
    chunks.extent[i] = cuts.find(wanted.lo[i] + wanted.extent[i] - 1) + 1 - chunks.lo[i];
  }
  for_each_index(chunks.extent, [&](Dims chunk) {
    for (int i = 0; i < chunk.size(); i++) chunk[i] += chunks.lo[i];
    const HeldBox from = array.chunk(chunk);
    const Box part = intersect(from.held, wanted);
    x_.bring(Stream{worker}, part.extent, item_, input_at(from, part.lo),
             {address(to.data, to.strides, part.lo, wanted.lo), to.strides, to.space});
  });
}

PlacedMatrix ContractPanel::in_panel(const Dims& index) const {
  return {address(held_, index), held_.strides[held_.strides.size() - (by_columns() ? 1 : 2)], by_columns()};
}

PlacedMatrix ContractPanel::matrix(const Box& block, int worker) const {
  const auto* held = std::get_if<MultipliedArray>(&operand_.how);
  if (!held || !held->pieces || sent_of(block) == block) return in_panel(block.lo);
  return in_chunks(*held, block, worker);
}

Box ContractPanel::sent_of(const Box& block) const {
  if (held_.data) return intersect(held_.held, block);
  return {block.lo, Dims::filled(block.rank(), 0)};
}

bool ContractPanel::is_in_one_piece(const Box& box) const {
  const auto* held = std::get_if<MultipliedArray>(&operand_.how);
  return !held || !held->pieces || sent_of(box) == box || chunk_of(*held, box);
}

std::optional<HeldBox> ContractPanel::chunk_of(const MultipliedArray& held, const Box& block) const {
  if (!sent_of(block).empty()) return std::nullopt;
  const ResidentArray& array = x_.resident(held.array);
  const Box there = held.map.map(block);
  Dims chunk;
  for (int i = 0; i < there.rank(); i++) {
    const AxisChunks& cuts = array.grid().axis(i);
    chunk.push_back(cuts.find(there.lo[i]));
    if (cuts.find(there.lo[i] + there.extent[i] - 1) != chunk.back()) return std::nullopt;
  }
  return array.chunk(chunk);
}

PlacedMatrix ContractPanel::in_chunks(const MultipliedArray& held, const Box& block, int worker) const {
  const int rank = block.rank();
  const Box there = held.map.map(block);
  if (const auto chunk = chunk_of(held, block))
    for (int i = 0; i < there.rank(); i++)
      if (held.map.axis(i).from == rank - 2) return {address(*chunk, there.lo), chunk->strides[i], false};
  std::byte* to = buffer_.data() + op_.memory.panels[static_cast<std::size_t>(operand_.name)] -
                  (worker + 1) * block_bytes(op_, operand_);
  put_together(held, block, to, worker);
  return {to, block.extent[rank - 1] * item_, false};
}

// From chunks, and what other ranks have sent, which is at one end of what the rank needs.
void ContractPanel::put_together(const MultipliedArray& held, const Box& block, std::byte* to, int worker) const {
  const HeldBox whole{to, block, row_major_strides(block.extent, item_), op_.space};
  const int k = block.rank() - (operand_.name == ContractOperandName::a ? 1 : 2);
  Box own = block;
  if (const Box sent = sent_of(block); !sent.empty()) {
    x_.copy(Stream{worker}, sent.extent, item_, input_at(held_, sent.lo), output_at(whole, sent.lo));
    own.extent[k] -= sent.extent[k];
    if (sent.lo[k] == block.lo[k]) own.lo[k] += sent.extent[k];
  }
  if (own.empty()) return;
  const StridedOutput target = target_in(held, whole);
  const Box wanted = held.map.map(own);
  copy_chunks(held, wanted, {address(whole, own.lo), target.strides, target.space}, worker);
}

}  // namespace tessera

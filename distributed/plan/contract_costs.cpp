// What a product takes and moves: the sizes of its panels for a budget, and what is fetched in which step.
#include <algorithm>
#include <functional>

#include <tessera/core/device/host_products.hpp>
#include <tessera/core/kernel/contraction.hpp>
#include <tessera/core/memory/pool.hpp>
#include <tessera/core/store_calls.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/ownership.hpp>
#include <tessera/distributed/plan/contract.hpp>
#include <tessera/distributed/plan/halo.hpp>
#include <tessera/distributed/plan/parts.hpp>
#include <tessera/distributed/plan/streams.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

using Name = ContractOperandName;

std::int64_t item(const ContractOperator& op) { return item_size(op.output.dtype); }

// Extents of the largest panel of an operand.
Dims panel_extent(const ContractOperator& op, const ContractOperand& operand) {
  const ChunkGrid& grid = op.layout.grid();
  const int rank = grid.rank();
  const auto along = [&](int axis) {
    return std::min(grid.axis(axis).extent(), (Amount(op.steps.chunks[axis]) * grid.axis(axis).longest()).value());
  };
  Dims extent = Dims::filled(rank, 1);
  for (int i = 0; i + 2 < rank; i++)
    if (operand.stack >> i & 1u) extent[i] = along(i);
  const bool a = operand.name == Name::a;
  extent[a ? rank - 2 : rank - 1] = along(a ? rank - 2 : rank - 1);
  std::int64_t& k = extent[a ? rank - 1 : rank - 2];
  k = std::min(op.steps.depth, op.layout.segments().extent());
  if (const MultipliedPieces* pieces = operand.pieces()) {
    std::int64_t most = 0;
    for (const auto& [from, to] : pieces->elsewhere) most = std::max(most, to - from);
    k = std::min(k, most);
  }
  return extent;
}

// What moves in one exchange before a step.
StreamTotals fetched(const Plan& plan, const ContractOperator& op, const ContractOperand& operand,
                     const MultipliedArray& held, std::int64_t step) {
  const int ranks = plan.limits.ranks;
  StreamTotals streams(ranks, largest_message(plan.limits, is_linked(plan, held.array, op.space)));
  const Distribution& owners = distribution_of(plan, held.array);
  for (int to = 0; to < ranks; to++) {
    const Box box = panel_box(op, operand, to, step);
    if (box.empty()) continue;
    for_each_owner(owners, elements_of(owners.grid(), held.map.map(box)), [&](int from, std::int64_t elements) {
      if (from != to) streams(from, to, Amount(elements) * item(op));
    });
  }
  return streams;
}

// The sums that ranks send to the owners of a panel of C.
StreamTotals added(const Plan& plan, const ContractOperator& op, std::int64_t step) {
  const int ranks = plan.limits.ranks;
  StreamTotals streams(ranks, largest_message(plan.limits, has_link(plan) && adds_between_devices(op)));
  for (int from = 0; from < ranks; from++) {
    const int to = op.layout.owner_of(from);
    const ContractStep s = op.steps.step(op.layout, from, step);
    if (to == from || s.empty()) continue;
    Amount bytes = Amount(s.chunks.size()) * product(op.layout.grid().largest()) * item(op);
    streams(from, to, bytes * static_cast<std::int64_t>(sums_of(op.layout, from).size()));
  }
  return streams;
}

struct Moves {
  const Plan& plan;
  Amount bytes{}, between_devices{}, messages{}, memory{}, link_memory{};
  void add(const StreamTotals& s, bool on_devices) {
    bytes += s.moved(), messages += s.messages();
    if (on_devices) between_devices += s.moved();
    if (on_devices && has_link(plan))
      link_memory = std::max(link_memory, s.memory(*plan.limits.device->memory()));
    else
      memory = std::max(memory, s.memory());
  }
};

Moves moves_of(const Plan& plan, const ContractOperator& op) {
  Moves m{plan};
  if (plan.limits.ranks == 1) return m;
  const std::int64_t steps = op.steps.count(op.layout);
  for (std::int64_t i = 0; i < steps; i++) {
    for (const auto& operand : op.operands) {
      const auto* held = std::get_if<MultipliedArray>(&operand.how);
      if (held && !held->in_place && !on_every_rank(plan, held->array) &&
          op.steps.brings(op.layout, operand.name, operand.stack, i))
        m.add(fetched(plan, op, operand, *held, i), is_between_devices(plan, held->array, op.space));
    }
    if (op.layout.depth() > 1 && op.steps.step(op.layout, 0, i).last)
      m.add(added(plan, op, i), adds_between_devices(op));
  }
  return m;
}

// The operand's axes in the order of the largest file's that it is made of: cut along the first one, a panel is read in long
// pieces. The others follow.
Dims order_in_file(const TileOperator& walk, int rank) {
  const TileValue* largest = nullptr;
  for (const auto& v : walk.values)
    if (v.as<StoredValue>() && (!largest || num_elements(v.shape) > num_elements(largest->shape))) largest = &v;
  Dims order;
  const auto take = [&](std::int64_t axis) {
    if (axis >= 0 && std::find(order.begin(), order.end(), axis) == order.end()) order.push_back(axis);
  };
  if (largest)
    for (const auto& a : largest->from_domain.axes()) take(a.from);
  for (int i = 0; i < rank; i++) take(i);
  return order;
}

// How the workers cut a panel that is made from files: along the file's first axis that has a few boxes for each of them,
// else the longest; at whole compressed chunks, so that few are decoded twice.
void cut_panel(const Plan& plan, const ContractOperator& op, const ContractOperand& operand, MultipliedTiles& tiles) {
  constexpr std::int64_t boxes_per_worker = 4;
  const std::int64_t boxes = boxes_per_worker * op.workers;
  Dims extent = panel_extent(op, operand);
  int axis = 0;
  for (int i = 0; i < extent.size(); i++)
    if (extent[i] > extent[axis]) axis = i;
  const Dims order = order_in_file(tiles.walk, extent.size());
  for (int i = order.size() - 1; i >= 0; i--)
    if (extent[static_cast<int>(order[i])] >= boxes) axis = static_cast<int>(order[i]);
  std::int64_t length = std::max<std::int64_t>(1, ceil_div(extent[axis], boxes));
  for (const auto& v : tiles.walk.values) {
    const auto* stored = v.as<StoredValue>();
    if (!stored) continue;
    const Store* store = plan.source(stored->source).store();
    const Dims& whole = run_store_code(*store, [&]() -> const Dims& { return store->info().indivisible; });
    for (int j = 0; j < whole.size() && j < v.from_domain.input_rank(); j++)
      if (v.from_domain.axis(j).from == axis && whole[j] > 1) length = ceil_div(length, whole[j]) * whole[j];
  }
  extent[axis] = std::min(extent[axis], length);
  tiles.cut_axis = axis, tiles.cut_length = length;
  tiles.walk.tile = extent;
  tiles.walk.part_bytes = part_bytes(tiles.walk, extent);
  tiles.walk.workers = op.workers;
}

void cut_panels(const Plan& plan, ContractOperator& op) {
  for (auto& operand : op.operands)
    if (auto* tiles = std::get_if<MultipliedTiles>(&operand.how)) cut_panel(plan, op, operand, *tiles);
}

// For the workers that make a panel from files.
Amount reading_bytes(const Plan& plan, const ContractOperator& op, const ContractOperand& operand) {
  const auto* tiles = std::get_if<MultipliedTiles>(&operand.how);
  if (!tiles) return 0;
  return tile_buffer_bytes(plan, tiles->walk, tiles->walk.tile).host * op.workers;
}

ContractMemory memory_for(const Plan& plan, const ContractOperator& op) {
  ContractMemory m;
  for (const auto& operand : op.operands) {
    const Amount blocks = operand.pieces() ? Amount(block_bytes(op, operand)) * op.workers : Amount();
    if (!operand.in_place())
      m.panels[static_cast<std::size_t>(operand.name)] =
          rounded(plan.limits, op.space, product(panel_extent(op, operand)) * item(op) + blocks).value();
    m.reading += reading_bytes(plan, op, operand).value();
  }
  const Amount panel = Amount(panel_elements(op)) * item(op);
  const std::int64_t segments = segments_of(op);
  if (segments > 1 || op.layout.depth() > 1 || !op.output.array)
    m.sums = rounded(plan.limits, op.space, panel * segments).value();
  if (op.layout.depth() > 1) {
    Amount most;
    for (int r = 0; r < op.layout.ranks(); r += op.layout.depth()) {
      Amount nodes;
      for (int k = 1; k < op.layout.depth() && r + k < op.layout.ranks(); k++)
        nodes += static_cast<std::int64_t>(sums_of(op.layout, r + k).size());
      most = std::max(most, nodes);
    }
    m.others = rounded(plan.limits, op.space, panel * most).value();
  }
  const Dims chunk = op.layout.grid().largest();
  const std::int64_t depth = std::min({op.steps.depth, contraction_block, op.layout.segments().extent()});
  // Integers are multiplied without: on the host, too.
  const std::int64_t of_device =
      op.space == Space::device && is_inexact(op.output.dtype) ? plan.limits.device->product_scratch_bytes() : 0;
  const Amount of_worker = op.space == Space::device ? of_device
                                                     : product_bytes(op.output.dtype, chunk[chunk.size() - 2],
                                                                     chunk[chunk.size() - 1], depth);
  m.libraries = rounded(plan.limits, op.space, of_worker * op.workers).value();
  if (op.space == Space::device && !op.output.writes.empty())
    m.staging = rounded(product(chunk) * item(op)).value() * op.workers;
  Amount writers;
  for (const int sink : op.output.writes)
    writers += Amount(plan.sink(sink).cost.fixed) + Amount(plan.sink(sink).cost.per_worker) * op.workers;
  m.writers = writers.value();
  const Moves moves = moves_of(plan, op);
  m.messages = moves.memory.value(), m.link_messages = moves.link_memory.value();
  return m;
}

// Makes panels smaller; false when there is nothing smaller. Pieces of k first, where some panel is copied: C is then still
// made of the same panels. Then the longer side of C's.
bool make_smaller(ContractOperator& op) {
  const ChunkGrid& grid = op.layout.grid();
  const int rank = grid.rank();
  for (int i = 0; i + 2 < rank; i++)
    if (op.steps.chunks[i] > 1) {
      op.steps.chunks[i] = ceil_div(op.steps.chunks[i], 2);
      return true;
    }
  const auto is_copied = [](const ContractOperand& o) {
    return !o.in_place() && !(o.pieces() && !o.pieces()->fetches());
  };
  const bool copied = is_copied(op.operands[0]) || is_copied(op.operands[1]);
  if (copied && op.steps.depth > contraction_block) {
    op.steps.depth = ceil_div(ceil_div(op.steps.depth, 2), contraction_block) * contraction_block;
    return true;
  }
  const auto length = [&](int axis) { return op.steps.chunks[axis] * grid.axis(axis).longest(); };
  const int rows = rank - 2, columns = rank - 1;
  int longer = length(rows) >= length(columns) ? rows : columns;
  if (op.steps.chunks[longer] == 1) longer = longer == rows ? columns : rows;
  if (op.steps.chunks[longer] > 1) {
    op.steps.chunks[longer] = ceil_div(op.steps.chunks[longer], 2);
    return true;
  }
  if (op.workers == 1) return false;
  op.workers = (op.workers + 1) / 2;
  return true;
}

// Bytes of panels that a rank copies in all steps, about: what the order of panels decides.
double copied_bytes(const ContractOperator& op) {
  double bytes = 0;
  const std::int64_t steps = op.steps.count(op.layout);
  for (const auto& operand : op.operands)
    if (!operand.in_place())
      for (std::int64_t i = 0; i < steps; i++)
        if (op.steps.brings(op.layout, operand.name, operand.stack, i))
          bytes += static_cast<double>(product(panel_extent(op, operand)).value());
  return bytes;
}

// Bytes of files that a panel is made of, in the boxes that workers make.
Amount read_bytes(const Plan& plan, const MultipliedTiles& tiles, const Box& panel) {
  Amount bytes;
  const int axis = tiles.cut_axis;
  for (std::int64_t at = 0; at < panel.extent[axis]; at += tiles.cut_length) {
    Box box = panel;
    box.lo[axis] += at, box.extent[axis] = std::min(tiles.cut_length, panel.extent[axis] - at);
    for (const auto& v : tiles.walk.values) {
      const auto* stored = v.as<StoredValue>();
      if (!stored) continue;
      const Store* store = plan.source(stored->source).store();
      const Box part = reach(v, box);
      if (!part.empty()) bytes += run_store_code(*store, [&] { return store->file_bytes(v.from_domain.map(part)); });
    }
  }
  return bytes;
}

}  // namespace

std::int64_t segments_of(const ContractOperator& op) {
  return ceil_div(op.layout.segments().count(), op.layout.depth());
}

std::int64_t panel_elements(const ContractOperator& op) {
  return (product(op.steps.chunks) * product(op.layout.grid().largest())).value();
}

std::vector<TreeNode> sums_of(const ContractLayout& layout, int rank) {
  struct Nothing {};
  FixedTree<Nothing> tree(layout.segments().count());
  const ContractPart part = layout.part(rank);
  for (std::int64_t s = part.first; s < part.last; s++) tree.add({0, s}, {}, [](Nothing, Nothing) {});
  std::vector<TreeNode> nodes;
  for (const auto& h : tree.held()) nodes.push_back(h.node);
  return nodes;
}

bool MultipliedPieces::fetches() const {
  return std::any_of(elsewhere.begin(), elsewhere.end(), [](const auto& range) { return range[0] < range[1]; });
}

std::int64_t block_bytes(const ContractOperator& op, const ContractOperand& operand) {
  const ChunkGrid& grid = op.layout.grid();
  const std::int64_t rows = grid.axis(grid.rank() - (operand.name == Name::a ? 2 : 1)).longest();
  return rounded(product({rows, std::min(contraction_block, op.layout.segments().extent())}) * item(op)).value();
}

Box panel_box(const ContractOperator& op, const ContractOperand& operand, int rank, std::int64_t step) {
  Box box = ContractSteps::box(op.layout, operand.name, operand.stack, op.steps.step(op.layout, rank, step));
  const MultipliedPieces* pieces = operand.pieces();
  if (!pieces || box.empty()) return box;
  const auto& elsewhere = pieces->elsewhere[static_cast<std::size_t>(rank)];
  const int k = box.rank() - (operand.name == Name::a ? 1 : 2);
  const std::int64_t from = std::max(box.lo[k], elsewhere[0]), to = std::min(box.lo[k] + box.extent[k], elsewhere[1]);
  box.lo[k] = from, box.extent[k] = std::max<std::int64_t>(0, to - from);
  return box;
}

std::optional<SpaceBytes> fit(const Plan& plan, ContractOperator& op, const SpaceBytes& available) {
  op.steps = ContractSteps(op.layout);
  op.workers = plan.limits.threads;
  for (;;) {
    cut_panels(plan, op);
    op.memory = memory_for(plan, op);
    if (memory_of(op).fit(available) || !make_smaller(op)) break;
  }
  ContractSteps other = op.steps;
  other.columns_first = true;
  const double rows_first = copied_bytes(op);
  std::swap(op.steps, other);
  if (copied_bytes(op) >= rows_first) std::swap(op.steps, other);
  op.memory = memory_for(plan, op);
  const SpaceBytes needed = memory_of(op);
  return needed.fit(available) ? std::nullopt : std::optional(needed);
}

SpaceBytes memory_of(const ContractOperator& op) {
  const ContractMemory& m = op.memory;
  SpaceBytes bytes{Amount(m.messages) + m.reading + m.writers + m.staging, 0};
  bytes.in(op.space) += Amount(m.panels[0]) + m.panels[1] + m.sums + m.others + m.libraries;
  bytes.device += m.link_messages;
  return bytes;
}

Traffic traffic_of(const Plan& plan, const ContractOperator& op) {
  Traffic t;
  const Moves moves = moves_of(plan, op);
  t.chunks = op.output.grid.count(), t.tiles = t.chunks;
  t.bytes_moved = moves.bytes.value(), t.messages = moves.messages.value();
  t.between_devices = moves.between_devices.value();
  Amount read;
  const std::int64_t steps = op.steps.count(op.layout);
  for (const auto& operand : op.operands)
    if (const auto* tiles = std::get_if<MultipliedTiles>(&operand.how))
      for (std::int64_t i = 0; i < steps; i++)
        if (op.steps.brings(op.layout, operand.name, operand.stack, i))
          for (int r = 0; r < plan.limits.ranks; r++)
            if (const Box box = panel_box(op, operand, r, i); !box.empty()) read += read_bytes(plan, *tiles, box);
  t.bytes_read = read.value();
  t.bytes_written =
      (Amount(num_elements(op.output.grid.shape())) * item(op) * static_cast<std::int64_t>(op.output.writes.size()))
          .value();
  return t;
}

}  // namespace tessera

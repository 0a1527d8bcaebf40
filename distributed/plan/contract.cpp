#include <tessera/distributed/plan/contract.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/distributed/ownership.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {
namespace {

// A walk that can make any box of an edge's elements: of files and generators, which every rank reaches.
TileOperator walk_over(Draft& draft, std::size_t stage, const Edge& e) {
  TileOperator walk;
  const Shape& shape = e.map.output();
  walk.grid = ChunkGrid::regular(shape, shape);
  StageOutput o;
  o.program = program_of(identity_program(e.node->dtype()), {});
  o.inputs = TileValues(draft, stage, walk).inputs_of({e});
  o.grid = walk.grid;
  o.dtype = e.node->dtype();
  walk.outputs.push_back(std::move(o));
  walk_by(draft.plan(), walk, Distribution::replicated(walk.grid, draft.limits().ranks), 0);
  if (!walk.fetches.empty()) throw InternalError("an operand is made of what lies on other ranks");
  use_space(draft.plan(), walk, Space::host);
  walk.outputs[0].owners = walk.owners;
  return walk;
}

// True when the box lies in memory as one row-major piece on the rank, whose chunks are dense: in one of them, or in several
// that follow one another there.
bool lies_in_one_piece(const Distribution& owners, int rank, const Box& box) {
  const ChunkGrid& grid = owners.grid();
  if (owners.kind() != Distribution::Kind::replicated && owned_by(owners, rank, elements_of(grid, box)) != box.size())
    return false;
  int along = -1;
  for (int i = 0; i < grid.rank(); i++) {
    const std::int64_t first = grid.axis(i).find(box.lo[i]);
    if (first == grid.axis(i).find(box.lo[i] + box.extent[i] - 1)) continue;
    if (along >= 0) return false;
    along = i;
  }
  if (along < 0) return true;
  if (!owners.has_runs() || (owners.kind() == Distribution::Kind::blocks && !owners.is_row_major())) return false;
  for (int i = 0; i < grid.rank(); i++) {
    if (i < along && grid.axis(i).longest() != 1) return false;
    if (i > along && grid.axis(i).count() != 1) return false;
  }
  return true;
}

bool is_row_major(const IndexTransform& map) {
  int last = -1;
  for (const auto& a : map.axes()) {
    if (a.from < 0) continue;
    if (a.from < last) return false;
    last = a.from;
  }
  // Elements of a row lie one after another.
  return map.axis(map.input_rank() - 1).from == map.output_rank() - 1;
}

// True when the array has the columns of matrices as rows, and else lies as the operand does.
bool is_by_columns(const IndexTransform& map) {
  const int rows = map.output_rank() - 2, columns = rows + 1;
  std::vector<int> from;
  for (const auto& a : map.axes())
    if (a.from >= 0) from.push_back(a.from);
  const std::size_t n = from.size();
  if (n < 2 || from[n - 2] != columns || from[n - 1] != rows || map.axis(map.input_rank() - 1).from != rows)
    return false;
  return std::is_sorted(from.begin(), from.end() - 2);
}

bool lies_in_place(const Plan& plan, const ContractOperator& op, const ContractOperand& operand,
                   const MultipliedArray& held, bool dense) {
  if (!dense || !(is_row_major(held.map) || held.by_columns) || space_of(plan, held.array) != op.space) return false;
  const Distribution& d = distribution_of(plan, held.array);
  const Distribution owners =
      on_every_rank(plan, held.array) ? Distribution::replicated(d.grid(), plan.limits.ranks) : d;
  const ContractSteps whole(op.layout);
  for (int r = 0; r < plan.limits.ranks; r++) {
    const Box box = ContractSteps::box(op.layout, operand.name, operand.stack, whole.step(op.layout, r, 0));
    if (!box.empty() && !lies_in_one_piece(owners, r, held.map.map(box))) return false;
  }
  return true;
}

// The indices of an axis of the array that `rank` owns of a box: one range, all of which it owns, or nothing.
std::optional<std::array<std::int64_t, 2>> owned_range(const Distribution& owners, int rank, const Box& box, int axis) {
  const auto up_to = [&](std::int64_t end) {
    Box part = box;
    part.extent[axis] = end - box.lo[axis];
    return part.empty() ? std::int64_t{0} : owned_by(owners, rank, elements_of(owners.grid(), part));
  };
  const std::int64_t from = box.lo[axis], to = from + box.extent[axis], all = up_to(to);
  const auto first_with = [&](std::int64_t least) {  // the smallest end of what holds so many
    std::int64_t lo = from, hi = to;
    while (lo < hi) {
      const std::int64_t middle = lo + (hi - lo) / 2;
      if (up_to(middle) >= least)
        hi = middle;
      else
        lo = middle + 1;
    }
    return lo;
  };
  if (all == 0) return std::nullopt;
  const std::array<std::int64_t, 2> range{first_with(1) - 1, first_with(all)};
  if (all != (range[1] - range[0]) * (box.size() / box.extent[axis])) return std::nullopt;
  return range;
}

// Where blocks of k can be multiplied in the chunks that they lie in: not where several matrices of C, or chunks of one, would put
// the same together.
std::optional<MultipliedPieces> pieces_of(const Plan& plan, const ContractOperator& op, const ContractOperand& operand,
                                          const MultipliedArray& held, bool dense) {
  if (!dense || held.in_place || op.space != Space::host || space_of(plan, held.array) != op.space) return std::nullopt;
  if (!is_row_major(held.map)) return std::nullopt;
  const ContractSteps whole(op.layout);
  const bool a = operand.name == ContractOperandName::a;
  const int rows = whole.chunks.size() - 2, columns = rows + 1, k = a ? columns : rows;
  int axis = -1;
  for (int i = 0; i < held.map.input_rank(); i++)
    if (held.map.axis(i).from == k) axis = i;
  if (whole.chunks[a ? columns : rows] > 1 || axis < 0 || held.map.axis(axis).stride != 1) return std::nullopt;
  for (int i = 0; i < rows; i++)
    if (!(operand.stack >> i & 1u) && op.layout.grid().axis(i).extent() > 1) return std::nullopt;
  MultipliedPieces pieces;
  for (int r = 0; r < plan.limits.ranks; r++) {
    const Box box = ContractSteps::box(op.layout, operand.name, operand.stack, whole.step(op.layout, r, 0));
    std::array<std::int64_t, 2>& elsewhere = pieces.elsewhere.emplace_back();
    if (box.empty() || on_every_rank(plan, held.array)) continue;
    const auto owned = owned_range(distribution_of(plan, held.array), r, held.map.map(box), axis);
    if (!owned) return std::nullopt;
    const std::int64_t offset = held.map.axis(axis).offset, from = box.lo[k], to = from + box.extent[k];
    const std::int64_t first = (*owned)[0] - offset, last = (*owned)[1] - offset;
    if (first > from && last < to) return std::nullopt;
    elsewhere = first > from ? std::array{from, first} : std::array{last, to};
  }
  return pieces;
}

ContractOperand operand_of(Draft& draft, std::size_t stage, const ContractOperator& op, const ContractNode& n,
                           ContractOperandName name) {
  const Edge& e = n.inputs()[static_cast<std::size_t>(name)];
  ContractOperand operand;
  operand.name = name;
  operand.shape = e.map.output();
  for (int i = 0; i + 2 < n.shape().size(); i++)
    if (operand.shape[i] == n.shape()[i]) operand.stack |= 1u << i;
  const bool whole = e.node->is_made_whole();
  const auto resident = whole || e.node->kind() != NodeKind::source ? nullptr : as_source(*e.node).resident();
  if (!whole && !resident) {
    operand.how = MultipliedTiles{walk_over(draft, stage, e)};
    return operand;
  }
  MultipliedArray held;
  held.array = whole ? draft.array_for(stage, *e.node) : HeldArray{HeldArray::From::source, draft.source(e.node)};
  held.map = e.map;
  held.by_columns = op.space == Space::device && is_by_columns(held.map);
  const bool dense = whole || resident->has_dense_chunks();
  held.in_place = lies_in_place(draft.plan(), op, operand, held, dense);
  held.pieces = pieces_of(draft.plan(), op, operand, held, dense);
  operand.how = std::move(held);
  return operand;
}

std::string operand_line(const Plan& plan, const ContractOperator& op, const ContractOperand& operand) {
  const char* name = operand.name == ContractOperandName::a ? "a" : "b";
  std::string s = fmt::format("    {}        {}: ", name, to_string(operand.shape));
  if (const auto* held = std::get_if<MultipliedArray>(&operand.how)) {
    s += held->array.from == HeldArray::From::stage ? fmt::format("array {}", held->array.number) : "a resident array";
    if (held->by_columns) s += " by its columns";
    if (held->in_place) return s + ", in place\n";
    if (held->pieces && !held->pieces->fetches()) return s + ", in place, a block of k at a time\n";
    if (held->pieces) return s + ", in place, a block of k at a time, the rest fetched\n";
    s += on_every_rank(plan, held->array) ? ", copied" : ", fetched";
  } else {
    s += "made";
  }
  Dims panel = panel_box(op, operand, 0, 0).extent;
  return s + fmt::format(" in panels of up to {}\n", to_string(panel));
}

// Not what the device has no library for, or devices of several kinds would round each in its way; nor what is small, or whose
// operands would go there element by element: from memory, with axes in another order than a library takes.
bool multiplies_on_device(const PlanLimits& limits, const ContractNode& n) {
  if (!limits.device || (is_inexact(n.dtype()) && !limits.one_kind)) return false;
  if (!limits.device->multiplies(n.dtype())) return false;
  Amount elements(num_elements(n.shape()));
  for (const Edge& e : n.inputs()) {
    elements += num_elements(e.map.output());
    const bool in_memory =
        e.node->is_made_whole() || (e.node->kind() == NodeKind::source && as_source(*e.node).resident());
    if (in_memory && !is_row_major(e.map) && !is_by_columns(e.map)) return false;
  }
  return elements * item_size(n.dtype()) >= limits.device_least;
}

PlanProgram sum_of(DType type) {
  Program p;
  p.inputs = {type, type};
  p.code = {{Op::add, type, type, 0, 1, 0}};
  p.outputs = {p.code_value(0)};
  return program_of(p, {});
}

}  // namespace

ContractOperator build_contract(Draft& draft, std::size_t stage, const NodePtr& node) {
  const ContractNode& n = as_contract(*node);
  ContractOperator op;
  op.space = multiplies_on_device(draft.limits(), n) ? Space::device : Space::host;
  op.sum = sum_of(n.dtype());
  op.layout = ContractLayout(n.grid(), n.segments(), draft.limits().ranks);
  for (const auto name : {ContractOperandName::a, ContractOperandName::b})
    op.operands[static_cast<std::size_t>(name)] = operand_of(draft, stage, op, n, name);
  op.output.grid = n.grid();
  op.output.dtype = n.dtype();
  op.output.owners = op.layout.owners();
  draft.send(stage, n, op.space, op.output);
  return op;
}

std::string name_of(const ContractOperator& op) {
  return fmt::format("product {} {}", to_string(op.output.dtype), to_string(op.output.grid.shape()));
}

std::string explain(const Plan& plan, const ContractOperator& op) {
  const ContractLayout& l = op.layout;
  const auto segments = l.segments().count();
  double flops = (op.output.dtype == DType::bool_ || !is_complex(op.output.dtype) ? 2.0 : 8.0) *
                 static_cast<double>(l.segments().extent());
  for (const auto e : op.output.grid.shape()) flops *= static_cast<double>(e);
  std::string s = fmt::format("    makes    {} in chunks {}, {}{}{}\n", to_string(op.output.grid.shape()),
                              to_string(op.output.grid), to_string(op.output.owners),
                              op.output.array ? fmt::format(" -> array {}", *op.output.array) : "",
                              op.output.writes.empty() ? "" : " -> file");
  s += fmt::format("    sums     of {} products each, in {} segment{}: {:.3g} flop\n", l.segments().extent(), segments,
                   segments == 1 ? "" : "s", flops);
  if (l.ranks() > 1)
    s += fmt::format("    ranks    {} parts of the result{}\n", to_string(l.parts()),
                     l.depth() > 1 ? fmt::format(", {} of each sum", l.depth()) : "");
  if (const Device* device = plan.limits.device)
    s += fmt::format("    on       {}\n", op.space == Space::device ? device->name() : "the CPU");
  for (const auto& operand : op.operands) s += operand_line(plan, op, operand);
  const std::int64_t steps = op.steps.count(l);
  return s + fmt::format("    steps    {}: chunks {} of the result, {} of k at a time, {} in flight per rank\n", steps,
                         to_string(op.steps.chunks), op.steps.depth, op.workers);
}

std::string explain_memory(const ContractOperator& op) {
  const ContractMemory& m = op.memory;
  return fmt::format("panels {} and {}, sums {}, BLAS {}, reading {}, messages {}{}", format_size(m.panels[0]),
                     format_size(m.panels[1]), format_size(m.sums + m.others), format_size(m.libraries),
                     format_size(m.reading), format_size(m.messages),
                     (m.link_messages > 0 ? ", between devices " + format_size(m.link_messages) : "") +
                         (m.writers > 0 ? ", chunks being compressed " + format_size(m.writers) : ""));
}

}  // namespace tessera

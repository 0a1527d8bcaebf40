#include <tessera/distributed/plan/tile_operator.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/printable.hpp>
#include <tessera/distributed/plan/blocks.hpp>
#include <tessera/distributed/plan/draft.hpp>
#include <tessera/distributed/plan/file_touches.hpp>
#include <tessera/distributed/plan/file_walk.hpp>
#include <tessera/distributed/plan/fold_states.hpp>
#include <tessera/distributed/plan/inner_tiles.hpp>
#include <tessera/distributed/plan/owners.hpp>
#include <tessera/distributed/plan/share_folds.hpp>
#include <tessera/distributed/plan/streamed_gathers.hpp>
#include <tessera/distributed/plan/tile_space.hpp>
#include <tessera/distributed/plan/tile_values.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {
namespace {

StageOutput output_of(const Node& n, const ChunkGrid& grid) {
  StageOutput o;
  o.dtype = n.dtype();
  o.grid = n.grid();
  switch (n.kind()) {
    case NodeKind::map:
      o.program = program_of(as_map(n).program(), as_map(n).scalars());
      break;
    case NodeKind::reduce: {
      const auto& r = as_reduce(n);
      o.program = program_of(r.program(), r.scalars());
      FoldOutput f;
      f.reduced = r.reduced();
      f.fold = r.fold();
      f.leaf = leaf_extents(grid.largest(), f.reduced);
      for (auto& e : f.leaf) e = std::max<std::int64_t>(e, 1);
      f.epilogue = program_of(r.epilogue().program, r.epilogue().scalars);
      o.how = std::move(f);
      break;
    }
    case NodeKind::source:
    case NodeKind::view:
    case NodeKind::scan:
    case NodeKind::select:
    case NodeKind::sort:
    case NodeKind::search:
    case NodeKind::contract:
    case NodeKind::call:
    case NodeKind::chunk_call:
    case NodeKind::group:
    case NodeKind::stencil:
    case NodeKind::concat:
    case NodeKind::quantity:
    case NodeKind::keep:
    case NodeKind::redistribute:
    case NodeKind::reshape:
    case NodeKind::gather:
    case NodeKind::scatter:
    case NodeKind::mask_count:
    case NodeKind::compress:
      throw InternalError("tiles don't make what is neither Map nor Reduce");
  }
  return o;
}

// A Map that other outputs of the stage are made of is computed once, as a value of the tile, and copied from there.
void take_known_value(const TileValues& values, const Node& node, const ChunkGrid& grid, StageOutput& o) {
  if (const auto v = values.known(node)) {
    o.program = program_of(identity_program(o.dtype), {});
    o.inputs = {{*v, IndexTransform::identity(grid.shape())}};
  }
}

struct ValueLine {
  const Plan& plan;
  const char* kind = "";
  std::string what{};

  void array(const HeldArray& a) {
    what = a.from == HeldArray::From::stage ? fmt::format("array {}", a.number) : "a resident array";
  }
  void operator()(const StoredValue& v) { kind = "read", what = printable(plan.source(v.source).store()->info().name); }
  void operator()(const GeneratedValue&) { kind = "generate", what = "a generator"; }
  void operator()(const HeldValue& v) { kind = "use", array(v.array); }
  void operator()(const FetchedValue& v) {
    kind = "fetch", array(v.array);
    if (v.part == FetchedValue::Part::all) return;
    const char* side = v.part == FetchedValue::Part::before ? "before" : "after";
    what = fmt::format("the halo {} a rank's chunks along axis {} of {},", side, v.axis, what);
  }
  void operator()(const ComputedValue& v) {
    const auto n = v.program.program.code.size();
    kind = "compute", what = fmt::format("{} instruction{}, once a tile", n, n == 1 ? "" : "s");
  }
  void operator()(const StencilValue& v) {
    if (is_rolling(v.stencil->kind)) {
      kind = "roll", what = v.output ? "windows, in its array" : "windows, once a tile";
      return;
    }
    const auto n = v.stencil->taps.size();
    kind = "filter",
    what = fmt::format("{} tap{}, {}", n, n == 1 ? "" : "s", v.output ? "in its array" : "once a tile");
  }
  void operator()(const CallValue& v) { kind = "call", what = printable(v.function->name) + ", once a tile:"; }
  void operator()(const ChunkCallValue& v) {
    kind = "call", what = printable(v.call.function->name) + ", once a chunk, a tile each:";
  }
  void operator()(const GatheredValue&) { kind = "use", what = "what is gathered,"; }
  void operator()(const JoinedValue& v) {
    kind = "join", what = fmt::format("{} parts along axis {} of", v.inputs.size(), v.axis);
  }
};

std::string value_line(const Plan& plan, const TileValue& v) {
  ValueLine line{plan};
  std::visit(line, v.how);
  return fmt::format("    {:<9}{} {} {}\n", line.kind, line.what, to_string(v.dtype), to_string(v.shape));
}

// How often its chunks are decoded, where that is more than once.
std::string decoding_line(const Plan& plan, const TileOperator& op, const TileValue& v) {
  const double times = decodings(plan, op, v);
  if (times < said_decodings) return "";
  return fmt::format(
      "             each compressed chunk is decoded {:.1f} times on average, by every tile, block or rank that has a "
      "part\n",
      times);
}

// Who would compute a kept array again.
std::string users(const Kept& kept) {
  if (kept.indexed) return "arrays index it";
  if (kept.multiplied) return "a product reads it in panels";
  if (kept.stages == 0) return "it gets other chunks";
  const auto of = [](int n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); };
  if (kept.views == 0) return fmt::format("{} passes go over it", kept.stages);
  if (kept.views <= 1) return of(kept.stages, "stage") + " use it";
  return of(kept.views, "view") + " use it" + (kept.stages > 1 ? " in " + of(kept.stages, "stage") : "");
}

std::string output_line(const Plan& plan, const TileOperator& op, std::size_t number) {
  const StageOutput& o = op.outputs[number];
  const auto instructions = o.program.program.code.size();
  std::string s =
      fmt::format("    {:<9}{} instruction{}", o.fold() ? "reduce" : "map", instructions, instructions == 1 ? "" : "s");
  if (o.call()) s = fmt::format("    call     {}", printable(o.call()->function->name));
  if (const FoldOutput* f = o.fold()) {
    if (f->same_states) s += ", the states of an output above";
    if (f->pass) s += *f->pass == number ? ", leads a pass" : ", in that pass";
  }
  if (o.array) {
    const PlanArray& a = plan.array(*o.array);
    s += fmt::format(" -> array {}{}", *o.array, a.replicate ? ", on every rank" : "");
    if (a.space != op.space && !o.fold()) s += ", in the host's memory";
    if (a.kept) s += ": kept, because " + users(*a.kept);
  }
  if (!o.writes.empty()) s += " -> file";
  return s + "\n";
}

constexpr std::size_t most_parts = 12;  // lines about parts of a Concat: of a thousand files that are one array

}  // namespace

// Who finishes each chunk of a Fold's result: whoever has the first chunk of its column, where columns follow one
// another.
Distribution fold_owners(const TileOperator& op, const StageOutput& o, bool in_order) {
  const int ranks = op.owners.ranks();
  if (op.owners.kind() == Distribution::Kind::replicated) return Distribution::replicated(o.grid, ranks);
  if (!in_order || op.grid.count() == 0) return Distribution::blocks(o.grid, ranks);
  const std::int64_t chunks = std::max<std::int64_t>(1, op.grid.count() / std::max<std::int64_t>(1, o.grid.count()));
  std::vector<std::int64_t> starts;
  for (auto s : op.owners.starts()) starts.push_back(ceil_div(s, chunks));
  return Distribution::blocks(o.grid, std::move(starts));
}

bool calls_chunks(const TileOperator& op) {
  return std::any_of(op.outputs.begin(), op.outputs.end(), [](const StageOutput& o) { return o.call(); }) ||
         std::any_of(op.values.begin(), op.values.end(), [](const TileValue& v) { return v.as<ChunkCallValue>(); });
}

std::uint32_t folded_first(const TileOperator& op) {
  for (const auto& o : op.outputs)
    if (const FoldOutput* f = o.fold()) return f->reduced;
  return 0;
}

void add_outputs(Draft& draft, std::size_t stage, TileOperator& op, const std::vector<NodePtr>& roots) {
  op.grid = traversal_of(*roots[0]);
  TileValues values(draft, stage, op);
  for (const auto& n : roots) {
    StageOutput o = output_of(computed_by(*n), op.grid);
    o.inputs = values.inputs_of(computed_by(*n));
    op.outputs.push_back(std::move(o));
  }
  for (std::size_t k = 0; k < roots.size(); k++)
    if (!op.outputs[k].fold()) take_known_value(values, *roots[k], op.grid, op.outputs[k]);
  share_folds(op.outputs);
}

void send_outputs(Draft& draft, std::size_t stage, TileOperator& op, const std::vector<NodePtr>& roots) {
  for (std::size_t k = 0; k < roots.size(); k++) {
    StageOutput& o = op.outputs[k];
    if (FoldOutput* f = o.fold()) {
      f->in_order = op.grouped == f->reduced && op.owners.kind() == Distribution::Kind::blocks;
      o.owners = fold_owners(op, o, f->in_order);
      if (may_combine_on_device(op, *f)) f->device_epilogue = f->epilogue;
    } else {
      o.owners = op.owners;
    }
    draft.send(stage, *roots[k], space_of_arrays(draft.limits(), op.space), o);
  }
}

TileOperator build_tiles(Draft& draft, std::size_t stage, const std::vector<NodePtr>& roots) {
  TileOperator op;
  add_outputs(draft, stage, op, roots);
  choose_owners(draft.plan(), op, folded_first(op), false);
  if (is_copy(op) && std::all_of(roots.begin(), roots.end(), [&](const NodePtr& n) { return draft.is_for_files(*n); }))
    use_space(draft.plan(), op, Space::host);
  else
    choose_space(draft.plan(), op);
  op.inner_first = can_begin_with_inner_tiles(op);
  send_outputs(draft, stage, op, roots);
  return op;
}

std::string name_of(const TileOperator& op) {
  std::string name;
  for (const auto& o : op.outputs) {
    if (!name.empty()) name += ", ";
    name += o.fold() ? "reduce " + to_string(o.fold()->fold) : std::string("map");
    name += " to " + to_string(o.dtype) + " " + to_string(o.grid.shape());
  }
  return name;
}

std::string explain(const Plan& plan, const TileOperator& op) {
  std::string s = fmt::format("    walks    {} in chunks {}, {}\n", to_string(op.grid.shape()), to_string(op.grid),
                              to_string(op.owners));
  const bool passes = op.turns > 1 && staging_bytes(op, op.tile).any();
  s += fmt::format("    tiles    {} of {}, {} in flight per rank{}\n", op.tiles, to_string(op.tile), op.workers,
                   passes ? ", each while the next is sent to the device and the last brought back" : "");
  if (const Amount inner = inner_tiles(op); inner > 0)
    s += fmt::format("    first    {} tile{} without a halo from other ranks, while halos are under way\n",
                     inner.value(), inner == 1 ? "" : "s");
  if (walks_blocks(op))
    s += fmt::format(
        "    blocks   {} of {}, one at a time per rank, read whole before their tiles{}\n", op.grid.count(),
        to_string(op.grid.largest()),
        walks_through_scratch(plan, op) ? ", from a scratch file to which a rank decodes each chunk once" : "");
  if (const Device* device = plan.limits.device)
    s += fmt::format("    on       {}\n", op.space == Space::device ? device->name()
                                          : is_small(plan, op)      ? "the CPU: too little for the device"
                                          : is_copy(op)             ? "the CPU: a copy"
                                                                    : "the CPU: the device can't");
  if (const CrossingBytes crossing = crossing_bytes(op); crossing.sent + crossing.brought > 0)
    s += fmt::format("    crosses  {} to the device, {} back\n", format_size(crossing.sent.value()),
                     format_size(crossing.brought.value()));
  const auto combines = [&](const StageOutput& o) { return combines_on_device(op, o, op.tile); };
  if (std::any_of(op.outputs.begin(), op.outputs.end(), combines))
    s += fmt::format("    states   combined on {}\n", plan.limits.device->name());
  std::size_t left_out = 0, parts = 0;
  for (const auto& v : op.values) {
    if (v.is_part() && ++parts > most_parts)
      left_out++;
    else
      s += value_line(plan, v) + decoding_line(plan, op, v);
  }
  if (left_out) s += fmt::format("    and {} more of parts\n", left_out);
  for (std::size_t k = 0; k < op.outputs.size(); k++) s += output_line(plan, op, k);
  return s;
}

std::string explain_memory(const TileOperator& op) {
  const TileMemory& m = op.memory;
  const std::string staging = m.staging > 0 ? fmt::format(", staging {} x {}", op.workers, format_size(m.staging)) : "";
  const std::string block = m.block > 0 ? fmt::format("block {}, ", format_size(m.block)) : "";
  return fmt::format("{}tiles {} x {}{}, states {}, fetched {}, messages {}{}", block, op.workers, format_size(m.tile),
                     staging, format_size(m.states), format_size(m.fetched),
                     format_size(std::max({m.fetch_messages, m.halo_messages, m.state_messages})),
                     (m.link_messages > 0 ? ", between devices " + format_size(m.link_messages) : "") +
                         (m.writers > 0 ? ", chunks being compressed " + format_size(m.writers) : ""));
}

}  // namespace tessera

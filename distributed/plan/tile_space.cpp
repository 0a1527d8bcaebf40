#include <tessera/distributed/plan/tile_space.hpp>

#include <algorithm>

#include <tessera/core/errors.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

bool computes_all(const Plan& plan, const Device& device, TileOperator& op) {
  bool all = true;
  for_each_program(op, [&](const PlanProgram& p, Space) { all = all && device.computes(p.program); });
  for (const auto& o : op.outputs)
    all = all && (!o.fold() || device.computes(o.fold()->fold)) && (!o.call() || device.computes(*o.call()->function));
  for (const auto& v : op.values)
    if (v.as<StencilValue>())
      all = false;
    else if (const auto* call = v.as<CallValue>())
      all = all && device.computes(*call->function);
    else if (const auto* chunks = v.as<ChunkCallValue>())
      all = all && device.computes(*chunks->call.function);
    else if (const auto* g = v.as<GeneratedValue>())
      all = all && device.computes(*plan.source(g->source).generator());
  return all;
}

/// A function of which there is a CUDA text alone, so that the host can't call it; null: there is none.
const UserFunction* without_callable(const TileOperator& op) {
  for (const auto& v : op.values) {
    if (const auto* call = v.as<CallValue>(); call && !call->function->apply) return call->function.get();
    if (const auto* chunks = v.as<ChunkCallValue>(); chunks && !chunks->call.function->apply)
      return chunks->call.function.get();
  }
  for (const auto& o : op.outputs)
    if (o.call() && !o.call()->function->apply) return o.call()->function.get();
  return nullptr;
}

void refuse_without_callable(const Plan& plan, const TileOperator& op) {
  const UserFunction* f = without_callable(op);
  if (!f) return;
  throw UsageError(
      "function '" + f->name + "' has a CUDA text alone, " +
      (plan.limits.device
           ? "and is used by a stage that the CPU computes: persist it first, or give a function of C++ beside the text"
           : "and this session computes on the CPU: give a function of C++ beside the text, or take device 'cuda'"));
}

}  // namespace

bool is_small(const Plan& plan, const TileOperator& op) {
  constexpr std::int64_t item = sizeof(double);
  return num_elements(op.grid.shape()) < ceil_div(plan.limits.device_least, item);
}

bool is_copy(const TileOperator& op) {
  bool computes = false;
  for_each_program(op, [&](const PlanProgram& p, Space) {
    for (const auto& i : p.program.code) computes = computes || i.op != Op::cast;
  });
  for (const auto& v : op.values)
    computes = computes || !(v.as<StoredValue>() || v.as<JoinedValue>() || v.as<ComputedValue>());
  for (const auto& o : op.outputs) computes = computes || o.fold() || o.call();
  return !computes;
}

bool comes_from_host(const TileOperator& op, const TileValue& v) {
  if (op.space == Space::host) return false;
  const auto* held = v.as<HeldValue>();
  return v.as<StoredValue>() || (held && held->elsewhere);
}

bool goes_to_host(const TileOperator& op, const StageOutput& o) {
  return op.space != Space::host && (o.fold() || !o.writes.empty() || (o.array && !is_made_in_array(op, o)));
}

Space space_of_arrays(const PlanLimits& limits, Space space) { return limits.arrays_on_host ? Space::host : space; }

bool is_made_in_array(const TileOperator& op, const StageOutput& o) {
  return o.array && !o.fold() && o.array_space == op.space;
}

bool sends_parts(const TileOperator& op) {
  return std::any_of(op.values.begin(), op.values.end(),
                     [&](const TileValue& v) { return v.is_part() && comes_from_host(op, v); });
}

void choose_space(const Plan& plan, TileOperator& op) {
  const Device* device = plan.limits.device;
  const bool on_device = device && (!is_small(plan, op) || without_callable(op)) && computes_all(plan, *device, op);
  use_space(plan, op, on_device ? Space::device : Space::host);
}

void use_space(const Plan& plan, TileOperator& op, Space space) {
  if (space == Space::host) refuse_without_callable(plan, op);
  op.space = space;
  for (auto& v : op.values)
    if (auto* held = std::get_if<HeldValue>(&v.how)) held->elsewhere = space_of(plan, held->array) != op.space;
}

}  // namespace tessera

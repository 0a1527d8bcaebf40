#include <tessera/distributed/plan/tile_space.hpp>

#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

bool computes_all(const Plan& plan, const Device& device, TileOperator& op) {
  bool all = true;
  for_each_program(op, [&](const PlanProgram& p, Space) { all = all && device.computes(p.program); });
  for (const auto& o : op.outputs) all = all && (!o.fold() || device.computes(o.fold()->fold));
  for (const auto& v : op.values)
    if (v.as<StencilValue>() || v.as<CallValue>() || v.as<ChunkCallValue>())
      all = false;
    else if (const auto* g = v.as<GeneratedValue>())
      all = all && device.computes(*plan.source(g->source).generator());
  return all;
}

}  // namespace

bool is_small(const Plan& plan, const TileOperator& op) {
  constexpr std::int64_t item = sizeof(double);
  return num_elements(op.grid.shape()) < ceil_div(plan.limits.device_least, item);
}

void choose_space(const Plan& plan, TileOperator& op) {
  const Device* device = plan.limits.device;
  if (!device) return;
  use_space(plan, op, !is_small(plan, op) && computes_all(plan, *device, op) ? Space::device : Space::host);
}

void use_space(const Plan& plan, TileOperator& op, Space space) {
  op.space = space;
  for (auto& v : op.values)
    if (auto* held = std::get_if<HeldValue>(&v.how)) held->elsewhere = space_of(plan, held->array) != op.space;
}

}  // namespace tessera

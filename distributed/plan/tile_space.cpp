#include <tessera/distributed/plan/tile_space.hpp>

#include <algorithm>
#include <cstdlib>

#include <tessera/core/sizes.hpp>
#include <tessera/distributed/environment.hpp>

namespace tessera {
namespace {

// Launches and waits cost some ten microseconds, in which a processor goes through so much: this share of what a device's tile should
// take (256 KiB of a GPU's). Not measured.
constexpr std::int64_t small_share = 256;

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

std::int64_t least_device_bytes(const Device& device) {
  const char* chosen = std::getenv("TESSERA_DEVICE_LEAST");
  return chosen && *chosen ? parse_size(chosen, "TESSERA_DEVICE_LEAST") : device.tile_bytes() / small_share;
}

bool is_small(const Plan& plan, const TileOperator& op) {
  constexpr std::int64_t item = sizeof(double);
  return num_elements(op.grid.shape()) < ceil_div(least_device_bytes(*plan.limits.device), item);
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

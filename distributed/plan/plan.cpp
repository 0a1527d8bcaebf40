#include <tessera/distributed/plan/plan.hpp>

#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/resident.hpp>

namespace tessera {

const Distribution& distribution_of(const Plan& plan, const HeldArray& array) {
  if (array.from == HeldArray::From::stage) return plan.array(array.number).distribution;
  return static_cast<const ResidentArray&>(*plan.source(array.number).resident()).distribution();
}

Space space_of(const Plan& plan, const HeldArray& array) {
  if (array.from == HeldArray::From::stage) return plan.array(array.number).space;
  return static_cast<const ResidentArray&>(*plan.source(array.number).resident()).space();
}

bool is_between_devices(const Plan& plan, const HeldArray& array, Space to) {
  return to == Space::device && space_of(plan, array) == Space::device;
}

bool is_linked(const Plan& plan, const HeldArray& array, Space to) {
  return has_link(plan) && is_between_devices(plan, array, to);
}

bool uses_link(const Plan& plan) {
  return has_link(plan) && std::any_of(plan.stages.begin(), plan.stages.end(),
                                       [](const Stage& s) { return s.traffic.between_devices > 0; });
}

std::int64_t largest_message(const PlanLimits& limits, bool linked) {
  return largest_message(linked ? link_bytes(limits.device_memory) : message_bytes(limits.memory), limits.ranks);
}

bool on_every_rank(const Plan& plan, const HeldArray& array) {
  return distribution_of(plan, array).kind() == Distribution::Kind::replicated ||
         (array.from == HeldArray::From::stage && plan.array(array.number).replicate);
}

}  // namespace tessera

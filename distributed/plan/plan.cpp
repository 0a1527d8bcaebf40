#include <tessera/distributed/plan/plan.hpp>

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

bool on_every_rank(const Plan& plan, const HeldArray& array) {
  return distribution_of(plan, array).kind() == Distribution::Kind::replicated ||
         (array.from == HeldArray::From::stage && plan.array(array.number).replicate);
}

}  // namespace tessera

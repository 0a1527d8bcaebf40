#include <tessera/distributed/execute/plan_kernels.hpp>

namespace tessera {

PlanKernels::PlanKernels(const Plan& plan, Device& device) : kernels_(plan.programs) {
  for (const auto& stage : plan.stages)
    std::visit(
        [&](const auto& op) {
          for_each_program(op, [&](const PlanProgram& p) { kernels_[p.number] = device.compile(p.program); });
        },
        stage.op);
}

}  // namespace tessera

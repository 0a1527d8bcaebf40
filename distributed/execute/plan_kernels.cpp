#include <tessera/distributed/execute/plan_kernels.hpp>

#include <tessera/core/device/devices.hpp>

namespace tessera {

PlanKernels::PlanKernels(const Plan& plan, Device& device) : kernels_(plan.programs) {
  for (const auto& stage : plan.stages)
    std::visit(
        [&](const auto& op) {
          for_each_program(op, [&](const PlanProgram& p, Space space) {
            kernels_[p.number] = (space == Space::device ? device : host_device()).compile(p.program);
          });
        },
        stage.op);
}

}  // namespace tessera

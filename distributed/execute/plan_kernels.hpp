#pragma once
// The compiled Programs of a plan. They are kept with a cached plan, so that what is evaluated again compiles nothing.
#include <memory>
#include <vector>

#include <tessera/core/device/device.hpp>
#include <tessera/distributed/plan/plan.hpp>

namespace tessera {

class PlanKernels {
 public:
  /// device: of the session; what the plan leaves to the host is compiled for the CPU.
  /// throws DTypeError for what no kernel can compute.
  PlanKernels(const Plan& plan, Device& device);
  const Kernel& operator[](const PlanProgram& program) const { return *kernels_[program.number]; }

 private:
  std::vector<std::shared_ptr<const Kernel>> kernels_;  // by PlanProgram::number
};

/// A plan that serves every evaluation of its structure.
struct CachedPlan {
  Plan plan;
  PlanKernels kernels;

  CachedPlan(Plan made, Device& device) : plan(std::move(made)), kernels(plan, device) {}
};

}  // namespace tessera

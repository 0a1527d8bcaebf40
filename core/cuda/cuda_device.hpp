#pragma once
// The GPU of this rank, through CUDA's driver and NVRTC.
#include <memory>
#include <string>

#include <tessera/core/device/device.hpp>

namespace tessera::cuda {

/// Why there is none: no driver, no NVRTC, no GPU. Empty: there is one.
std::string why_not();
/// Driver, NVRTC and GPUs of this machine, where why_not has nothing to say.
std::string description();
/// The GPU of this rank: that of its number among the ranks of its node (OMPI_COMM_WORLD_LOCAL_RANK, SLURM_LOCALID, ...), modulo GPUs.
/// throws UsageError with what why_not says.
std::shared_ptr<Device> device();

}  // namespace tessera::cuda

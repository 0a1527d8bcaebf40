#pragma once
// The CPU as a Device: kernels run on the thread that asks, so a stream has nothing left to wait for.
#include <memory>

#include <tessera/core/device/device.hpp>

namespace tessera::cpu {

/// The only one of the process.
std::shared_ptr<Device> device();

}  // namespace tessera::cpu

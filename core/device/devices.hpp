#pragma once
// The devices that a session may have. A device is a folder (or a file or two) of its own and a line in this list.
#include <span>
#include <string>
#include <vector>

#include <tessera/core/device/device.hpp>

namespace tessera {

struct DeviceKind {
  const char* name;
  /// Why this process can't have one: "there is no driver (libcuda.so.1)". Empty: it can.
  std::string (*probe)();
  /// throws UsageError with what `probe` says.
  std::shared_ptr<Device> (*make)();
};

/// In the order in which they are offered; the CPU is the first.
TESSERA_API std::span<const DeviceKind> device_kinds();
/// Adds one to the list, for devices outside of the library. Not thread-safe: before the first session.
TESSERA_API void add_device_kind(const DeviceKind& kind);
/// throws UsageError naming the devices that there are, or saying why there is none of that name here.
TESSERA_API std::shared_ptr<Device> make_device(const std::string& name);
/// The CPU, which every process has.
TESSERA_API Device& host_device();

}  // namespace tessera

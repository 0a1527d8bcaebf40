#pragma once
// The devices that a session may have. A device is a folder (or a file or two) of its own and a line in this list.
#include <span>
#include <string>
#include <vector>

#include <tessera/core/device/device.hpp>
#include <tessera/core/device/names.hpp>

namespace tessera {

struct DeviceKind {
  const char* name;
  /// Why this process can't have one: "there is no driver (libcuda.so.1)". Empty: it can.
  std::string (*probe)();
  /// throws UsageError with what `probe` says.
  std::shared_ptr<Device> (*make)();
  /// What it is, in words, where `probe` has nothing to say; null: nothing but its name.
  std::string (*describe)() = nullptr;
};

/// The first that a process can have is the one that "auto" means; the CPU, which all have, ends that choice.
TESSERA_API std::span<const DeviceKind> device_kinds();
/// Adds one to the list, for devices outside of the library. Not thread-safe: before the first session.
TESSERA_API void add_device_kind(const DeviceKind& kind);
/// The device of that name: one for all sessions of the process that live at the same time.
/// name: as check_device has it. throws UsageError as that does.
TESSERA_API std::shared_ptr<Device> make_device(const std::string& name);
/// The CPU, which every process has.
TESSERA_API Device& host_device();

}  // namespace tessera

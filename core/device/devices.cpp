#include <tessera/core/device/devices.hpp>

#include <algorithm>

#include <tessera/core/cpu/cpu_device.hpp>
#include <tessera/core/errors.hpp>

namespace tessera {
namespace {

std::vector<DeviceKind>& table() {
  static std::vector<DeviceKind> all{
      {"cpu", [] { return std::string(); }, [] { return cpu::device(); }},
  };
  return all;
}

std::string all_names() {
  std::string text;
  for (const auto& kind : device_kinds()) text += (text.empty() ? "" : ", ") + std::string(kind.name);
  return text;
}

}  // namespace

Kernel::~Kernel() = default;
Device::~Device() = default;

std::span<const DeviceKind> device_kinds() { return table(); }
void add_device_kind(const DeviceKind& kind) { table().push_back(kind); }

std::shared_ptr<Device> make_device(const std::string& name) {
  const auto kinds = device_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const DeviceKind& k) { return k.name == name; });
  if (kind == kinds.end()) throw UsageError("device '" + name + "': there is " + all_names());
  if (const std::string why = kind->probe(); !why.empty()) throw UsageError("device '" + name + "': " + why);
  return kind->make();
}

Device& host_device() {
  static const std::shared_ptr<Device> host = cpu::device();
  return *host;
}

}  // namespace tessera

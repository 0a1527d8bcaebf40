#include <tessera/core/device/devices.hpp>

#include <map>
#include <mutex>

#include <tessera/core/cpu/cpu_device.hpp>
#include <tessera/core/cuda/cuda_device.hpp>
#include <tessera/core/errors.hpp>

namespace tessera {
namespace {

std::vector<DeviceKind>& table() {
  static std::vector<DeviceKind> all{
      {"cuda", cuda::why_not, cuda::device, cuda::description},
      {"cpu", [] { return std::string(); }, [] { return cpu::device(); }, nullptr},
  };
  return all;
}

std::string all_names() {
  std::string text = "auto";
  for (const auto& kind : device_kinds()) text += ", " + std::string(kind.name);
  return text;
}

const DeviceKind& kind_named(const std::string& name) {
  for (const auto& kind : device_kinds()) {
    const bool wanted = name == kind.name;
    if (!wanted && name != "auto") continue;
    const std::string why = kind.probe();
    if (why.empty()) return kind;
    if (wanted) throw UsageError("device '" + name + "': " + why);
  }
  throw UsageError("device '" + name + "': there is none of that name; these are there: " + all_names());
}

}  // namespace

Kernel::~Kernel() = default;
Device::~Device() = default;
DeviceLink::~DeviceLink() = default;

std::shared_ptr<MemorySource> Device::pinned_memory() const { return nullptr; }
std::string Device::kind() const { return name(); }
int Device::number() const { return 0; }
std::string Device::identity() const { return ""; }
bool Device::is_done(const Event& event) {
  wait(event);
  return true;
}
LinkSupport Device::link_support() const { return {"", "nothing links devices '" + name() + "'"}; }
std::string Device::new_link() { throw InternalError("device '" + name() + "' is linked with no other"); }
std::unique_ptr<DeviceLink> Device::connect(const std::string&, int, int) {
  throw InternalError("device '" + name() + "' is linked with no other");
}
std::string Device::why_not_memory(const void*) const { return "device '" + name() + "' takes no memory of others"; }
void Device::wait_for_callers(void*) {}
bool Device::computes(const UserMap&) const { return false; }
bool Device::computes(const ChunkFunction&) const { return false; }
std::shared_ptr<const Kernel> Device::compile(const UserMap& function) {
  throw InternalError("device '" + name() + "' computes no function of the user's: '" + function.name + "'");
}
bool Device::multiplies(DType) const { return false; }
std::int64_t Device::product_scratch_bytes() const { return 0; }
void Device::multiply(Stream, DType type, const MatrixProduct&, std::byte*) {
  throw InternalError("device '" + name() + "' multiplies no matrices of " + to_string(type));
}
void Device::call(Stream, const ChunkFunction& function, std::span<const BlockMemory>, const BlockMemory&,
                  const BlockPlace&) {
  throw InternalError("device '" + name() + "' calls no function of the user's: '" + function.name + "'");
}

std::span<const DeviceKind> device_kinds() { return table(); }
void add_device_kind(const DeviceKind& kind) { table().push_back(kind); }

void check_device(const std::string& name) { kind_named(name); }

DeviceState device_state(const std::string& name) {
  for (const auto& kind : device_kinds()) {
    if (name != kind.name) continue;
    const std::string why = kind.probe();
    return {why.empty(), !why.empty() ? why : kind.describe ? kind.describe() : name};
  }
  return {false, "there is none of that name"};
}

std::shared_ptr<Device> make_device(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Device>> made;
  const DeviceKind& kind = kind_named(name);
  std::lock_guard lock(mutex);
  auto& known = made[kind.name];
  auto device = known.lock();
  if (!device) known = device = kind.make();
  return device;
}

Device& host_device() {
  static const std::shared_ptr<Device> host = cpu::device();
  return *host;
}

}  // namespace tessera

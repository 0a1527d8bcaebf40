#pragma once
// The names of the devices, for those who only ask which there are (devices.hpp has the devices).
#include <string>

#include <tessera/core/export.hpp>

namespace tessera {

/// throws UsageError unless `name` is "auto" (the first of the list that this process can have) or the name of one that
/// it can have.
TESSERA_API void check_device(const std::string& name);
/// What this process could have under that name of the list: "driver 12.4, NVRTC 12.4; GPU 0: ..."; or why it can't have it.
struct DeviceState {
  bool available = false;
  std::string text;
};
TESSERA_API DeviceState device_state(const std::string& name);

}  // namespace tessera

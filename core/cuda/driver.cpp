#include <tessera/core/cuda/driver.hpp>

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>

#include <tessera/core/cuda/load.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

// The driver's functions have had several signatures under one name. It gives those of a version that is asked for, whatever
// its own is: those of CUDA 12.0, the oldest that is supported.
constexpr int interface_version = 12000;
using GetProcAddress = Result (*)(const char* name, void** function, int version, std::uint64_t flags, int* status);

bool load(Driver& d, std::string& why) {
  void* library = open_library("TESSERA_CUDA_DRIVER", {"libcuda.so.1"}, why);
  if (!library) return false;
  const auto get = reinterpret_cast<GetProcAddress>(dlsym(library, "cuGetProcAddress_v2"));
  if (!get) {
    why = "the driver is older than CUDA 12.0";
    return false;
  }
  const auto find = [&](const char* name) -> void* {
    void* function = nullptr;
    int status = 0;
    if (get(name, &function, interface_version, 0, &status) != success) function = nullptr;
    if (!function && why.empty()) why = fmt::format("the driver has no {}", name);
    return function;
  };
#define TESSERA_FIND(name, arguments) d.name = reinterpret_cast<Result(*) arguments>(find(#name));
  TESSERA_CUDA_DRIVER_FUNCTIONS(TESSERA_FIND)
#undef TESSERA_FIND
  return why.empty();
}

bool load(Nvrtc& n, std::string& why) {
  void* library = open_library("TESSERA_NVRTC", {"libnvrtc.so.13", "libnvrtc.so.12"}, why);
  if (!library) return false;
#define TESSERA_FIND(name, arguments)                                    \
  n.name = reinterpret_cast<Result(*) arguments>(dlsym(library, #name)); \
  if (!n.name && why.empty()) why = fmt::format("NVRTC has no {}", #name);
  TESSERA_NVRTC_FUNCTIONS(TESSERA_FIND)
#undef TESSERA_FIND
  return why.empty();
}

}  // namespace

void* open_library(const char* variable, std::vector<const char*> names, std::string& why) {
  if (const char* chosen = std::getenv(variable); chosen && *chosen) names = {chosen};
  for (const char* name : names)
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  why = fmt::format("there is no {} ({})", names.front(), variable);
  return nullptr;
}

const Driver* find_driver(std::string& why) { return find_table<Driver>(load, why); }
const Nvrtc* find_nvrtc(std::string& why) { return find_table<Nvrtc>(load, why); }

void check(const Driver& driver, Result result, const char* what) {
  if (result == success) return;
  const char* name = nullptr;
  if (driver.cuGetErrorName(result, &name) != success || !name) name = "an unknown error";
  throw IoError(fmt::format("cuda: {}: {} ({})", what, name, result));
}

}  // namespace tessera::cuda

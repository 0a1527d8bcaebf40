// NVRTC without a GPU, in the simulated driver's shared object: g++ compiles the texts (module.hpp).
#include <algorithm>
#include <cstring>
#include <string>

#include <tessera/core/cuda/driver.hpp>

#include "module.hpp"

#define EXPORT extern "C" __attribute__((visibility("default")))
using namespace simulated;
using tessera::cuda::Result;

struct _nvrtcProgram {
  std::string text, image, log;
};
EXPORT Result nvrtcVersion(int* major, int* minor) { return *major = 12, *minor = 4, 0; }
EXPORT Result nvrtcCreateProgram(nvrtcProgram* p, const char* text, const char*, int, const char* const*,
                                 const char* const*) {
  return *p = new _nvrtcProgram{text, {}, {}}, 0;
}
EXPORT Result nvrtcCompileProgram(nvrtcProgram p, int options, const char* const* texts) {
  const auto has = [&](const char* option) {
    return std::any_of(texts, texts + options, [&](const char* t) { return std::strcmp(t, option) == 0; });
  };
  if (!has("--fmad=false") || !has("--std=c++20")) return p->log = "options that bits depend on are missing", 6;
  keep_text(p->text);
  p->image = compile(p->text, p->log);
  return p->image.empty() ? 6 : 0;
}
EXPORT Result nvrtcGetCUBINSize(nvrtcProgram p, std::size_t* bytes) { return *bytes = p->image.size(), 0; }
EXPORT Result nvrtcGetCUBIN(nvrtcProgram p, char* image) {
  return std::memcpy(image, p->image.data(), p->image.size()), 0;
}
EXPORT Result nvrtcGetPTXSize(nvrtcProgram, std::size_t*) { return 6; }  // there is none
EXPORT Result nvrtcGetPTX(nvrtcProgram, char*) { return 6; }
EXPORT Result nvrtcGetProgramLogSize(nvrtcProgram p, std::size_t* bytes) { return *bytes = p->log.size() + 1, 0; }
EXPORT Result nvrtcGetProgramLog(nvrtcProgram p, char* log) {
  return std::memcpy(log, p->log.c_str(), p->log.size() + 1), 0;
}
EXPORT Result nvrtcDestroyProgram(nvrtcProgram* p) { return delete *p, *p = nullptr, 0; }

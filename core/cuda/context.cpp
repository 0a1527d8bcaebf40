#include <tessera/core/cuda/context.hpp>

#include <fmt/format.h>

#include <vector>

#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

void must(Result r, const char* what) {
  if (r != success) throw InternalError(fmt::format("cuda: {}: error {} of NVRTC", what, r));
}

}  // namespace

Context::Context(const Driver& driver, const Nvrtc& nvrtc, int ordinal) : driver_(driver), nvrtc_(nvrtc) {
  check(driver_.cuInit(0), "cuInit");
  check(driver_.cuDeviceGet(&device_, ordinal), "cuDeviceGet");
  const auto attribute = [&](Attribute a) {
    int value = 0;
    check(driver_.cuDeviceGetAttribute(&value, a, device_), "cuDeviceGetAttribute");
    return value;
  };
  multiprocessors_ = attribute(multiprocessors_attribute);
  architecture_ = fmt::format("sm_{}{}", attribute(compute_major), attribute(compute_minor));
  check(driver_.cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
}

Context::~Context() { driver_.cuDevicePrimaryCtxRelease(device_); }

const Driver& Context::enter() const {
  check(driver_.cuCtxSetCurrent(context_), "cuCtxSetCurrent");
  return driver_;
}

std::int64_t Context::free_bytes() const {
  std::size_t free = 0, all = 0;
  check(enter().cuMemGetInfo(&free, &all), "cuMemGetInfo");
  return static_cast<std::int64_t>(free);
}

std::string Context::compile(const std::string& text) const {
  // No contraction of a*b+c, no subnormal numbers flushed, quotients and roots rounded right: the CPU's bits.
  const std::vector<std::string> options{"--gpu-architecture=" + architecture_,
                                         "--std=c++20",
                                         "--fmad=false",
                                         "--ftz=false",
                                         "--prec-div=true",
                                         "--prec-sqrt=true",
                                         "--device-as-default-execution-space"};
  int major = 0, minor = 0;
  must(nvrtc_.nvrtcVersion(&major, &minor), "nvrtcVersion");
  std::string key = fmt::format("NVRTC {}.{} {}\n", major, minor, fmt::join(options, " "));
  return cache_.get(key += text, [&] { return compile(text, options); });
}

std::string Context::compile(const std::string& text, const std::vector<std::string>& options) const {
  nvrtcProgram program = nullptr;
  must(nvrtc_.nvrtcCreateProgram(&program, text.c_str(), "tessera.cu", 0, nullptr, nullptr), "nvrtcCreateProgram");
  const auto destroy = [this](nvrtcProgram p) { nvrtc_.nvrtcDestroyProgram(&p); };
  const std::unique_ptr<_nvrtcProgram, decltype(destroy)> held(program, destroy);
  std::vector<const char*> texts;
  for (const auto& o : options) texts.push_back(o.c_str());
  std::size_t bytes = 0;
  if (nvrtc_.nvrtcCompileProgram(program, static_cast<int>(texts.size()), texts.data()) != success) {
    must(nvrtc_.nvrtcGetProgramLogSize(program, &bytes), "nvrtcGetProgramLogSize");
    std::string log(bytes, '\0');
    must(nvrtc_.nvrtcGetProgramLog(program, log.data()), "nvrtcGetProgramLog");
    throw InternalError("cuda: NVRTC refuses a kernel:\n" + log);
  }
  must(nvrtc_.nvrtcGetCUBINSize(program, &bytes), "nvrtcGetCUBINSize");
  std::string image(bytes, '\0');
  must(nvrtc_.nvrtcGetCUBIN(program, image.data()), "nvrtcGetCUBIN");
  return image;
}

}  // namespace tessera::cuda

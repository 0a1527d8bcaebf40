#include <tessera/core/cuda/context.hpp>

#include <fmt/format.h>

#include <tessera/core/cuda/compiler.hpp>
#include <tessera/core/errors.hpp>

namespace tessera::cuda {

Context::Context(const Driver& driver, const Nvrtc& nvrtc, int ordinal)
    : driver_(driver), nvrtc_(nvrtc), ordinal_(ordinal) {
  check(driver_.cuInit(0), "cuInit");
  check(driver_.cuDeviceGet(&device_, ordinal), "cuDeviceGet");
  const auto attribute = [&](Attribute a) {
    int value = 0;
    check(driver_.cuDeviceGetAttribute(&value, a, device_), "cuDeviceGetAttribute");
    return value;
  };
  multiprocessors_ = attribute(multiprocessors_attribute);
  capability_ = 10 * attribute(compute_major) + attribute(compute_minor);
  architecture_ = fmt::format("sm_{}", capability_);
  check(driver_.cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
}

Context::~Context() { driver_.cuDevicePrimaryCtxRelease(device_); }

const Driver& Context::enter() const {
  check(driver_.cuCtxSetCurrent(context_), "cuCtxSetCurrent");
  return driver_;
}

std::string Context::uuid() const {
  CUuuid uuid{};
  check(driver_.cuDeviceGetUuid(&uuid, device_), "cuDeviceGetUuid");
  std::string text;
  for (const char c : uuid.bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::int64_t Context::free_bytes() const {
  std::size_t free = 0, all = 0;
  check(enter().cuMemGetInfo(&free, &all), "cuMemGetInfo");
  return static_cast<std::int64_t>(free);
}

std::string Context::compile(const std::string& text, const std::string& user) const {
  return cache_.get(compiler_key(nvrtc_, architecture_) + text, [&] {
    Compiled made = cuda::compile(nvrtc_, text, architecture_);
    if (made.image.empty() && !user.empty()) throw ValueError(user + ": its CUDA text does not compile:\n" + made.log);
    if (made.image.empty()) throw InternalError("cuda: NVRTC refuses a kernel:\n" + made.log);
    return std::move(made.image);
  });
}

}  // namespace tessera::cuda

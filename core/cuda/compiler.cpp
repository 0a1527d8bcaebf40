#include <tessera/core/cuda/compiler.hpp>

#include <fmt/format.h>

#include <memory>

#include <tessera/core/errors.hpp>

namespace tessera::cuda {
namespace {

void must(Result r, const char* what) {
  if (r != success) throw InternalError(fmt::format("cuda: {}: error {} of NVRTC", what, r));
}

/// Bytes that NVRTC has, by two of its functions.
template <class Size, class Get>
std::string taken(nvrtcProgram program, Size size, Get get, const char* what) {
  std::size_t bytes = 0;
  must(size(program, &bytes), what);
  std::string text(bytes, '\0');
  must(get(program, text.data()), what);
  return text;
}

}  // namespace

std::vector<std::string> compile_options(const std::string& architecture) {
  return {"--gpu-architecture=" + architecture,
          "--std=c++20",
          "--fmad=false",
          "--ftz=false",
          "--prec-div=true",
          "--prec-sqrt=true",
          "--device-as-default-execution-space"};
}

Compiled compile(const Nvrtc& nvrtc, const std::string& text, const std::string& architecture,
                 const std::vector<std::string>& more) {
  nvrtcProgram program = nullptr;
  must(nvrtc.nvrtcCreateProgram(&program, text.c_str(), "tessera.cu", 0, nullptr, nullptr), "nvrtcCreateProgram");
  const auto destroy = [&](nvrtcProgram p) { nvrtc.nvrtcDestroyProgram(&p); };
  const std::unique_ptr<_nvrtcProgram, decltype(destroy)> held(program, destroy);
  std::vector<std::string> options = compile_options(architecture);
  options.insert(options.end(), more.begin(), more.end());
  std::vector<const char*> texts;
  for (const auto& o : options) texts.push_back(o.c_str());
  const Result made = nvrtc.nvrtcCompileProgram(program, static_cast<int>(texts.size()), texts.data());
  std::string log = taken(program, nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, "nvrtcGetProgramLog");
  log.resize(log.find_last_not_of(std::string_view("\0\n", 2)) + 1);
  if (made != success) return {{}, std::move(log)};
  if (architecture.starts_with("compute"))
    return {taken(program, nvrtc.nvrtcGetPTXSize, nvrtc.nvrtcGetPTX, "nvrtcGetPTX"), std::move(log)};
  return {taken(program, nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, "nvrtcGetCUBIN"), std::move(log)};
}

std::string compiler_key(const Nvrtc& nvrtc, const std::string& architecture) {
  int major = 0, minor = 0;
  must(nvrtc.nvrtcVersion(&major, &minor), "nvrtcVersion");
  return fmt::format("NVRTC {}.{} {}\n", major, minor, fmt::join(compile_options(architecture), " "));
}

}  // namespace tessera::cuda

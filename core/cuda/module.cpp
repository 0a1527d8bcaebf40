#include <tessera/core/cuda/module.hpp>

#include <algorithm>

#include <tessera/core/cuda/source.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera::cuda {
namespace {

// Eight blocks of 256 threads for each multiprocessor fill it; more only wait.
constexpr std::int64_t blocks_per_multiprocessor = 8;

}  // namespace

Module::Module(std::shared_ptr<const Context> context, const std::string& text, const std::string& user)
    : context_(std::move(context)) {
  const std::string image = context_->compile(text, user);
  context_->check(context_->enter().cuModuleLoadData(&module_, image.data()), "cuModuleLoadData");
}

Module::~Module() {
  if (module_) context_->driver().cuModuleUnload(module_);
}

CUfunction Module::function(const char* name) const {
  CUfunction f = nullptr;
  context_->check(context_->enter().cuModuleGetFunction(&f, module_, name), "cuModuleGetFunction");
  return f;
}

CUfunction Module::find(const char* name) const {
  CUfunction f = nullptr;
  const Result r = context_->enter().cuModuleGetFunction(&f, module_, name);
  if (r == not_found) return nullptr;
  context_->check(r, "cuModuleGetFunction");
  return f;
}

void Module::launch(CUfunction function, std::int64_t threads, const void* call, CUstream stream) const {
  const std::int64_t blocks = std::clamp<std::int64_t>(ceil_div(threads, block_threads), 1,
                                                       context_->multiprocessors() * blocks_per_multiprocessor);
  void* argument = const_cast<void*>(call);
  context_->check(context_->driver().cuLaunchKernel(function, static_cast<unsigned>(blocks), 1, 1, block_threads, 1, 1,
                                                    0, stream, &argument, nullptr),
                  "cuLaunchKernel");
}

void Module::launch(CUfunction function, const CudaGrid& grid, void** arguments, CUstream stream) const {
  const auto blocks = [&](std::size_t i) { return static_cast<unsigned>(grid.blocks[i]); };
  const auto threads = [&](std::size_t i) { return static_cast<unsigned>(grid.threads[i]); };
  context_->check(
      context_->driver().cuLaunchKernel(function, blocks(0), blocks(1), blocks(2), threads(0), threads(1), threads(2),
                                        static_cast<unsigned>(grid.shared), stream, arguments, nullptr),
      "cuLaunchKernel");
}

}  // namespace tessera::cuda

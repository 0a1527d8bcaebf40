#include <tessera/core/cuda/memory.hpp>

#include <tessera/core/errors.hpp>

namespace tessera::cuda {

std::byte* DeviceMemory::take(std::int64_t bytes) noexcept try {
  CUdeviceptr p = 0;
  return context_->enter().cuMemAlloc(&p, static_cast<std::size_t>(bytes)) == success ? reinterpret_cast<std::byte*>(p)
                                                                                      : nullptr;
} catch (const Error&) {
  return nullptr;
}

void DeviceMemory::give_back(std::byte* block) noexcept try {
  context_->enter().cuMemFree(reinterpret_cast<CUdeviceptr>(block));
} catch (const Error&) {  // a context that has failed gives its memory back when it dies
}

}  // namespace tessera::cuda

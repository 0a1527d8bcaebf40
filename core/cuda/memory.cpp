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

std::byte* PinnedMemory::take(std::int64_t bytes) noexcept try {
  constexpr unsigned for_all_contexts = 1;  // CU_MEMHOSTALLOC_PORTABLE
  void* p = nullptr;
  return context_->enter().cuMemHostAlloc(&p, static_cast<std::size_t>(bytes), for_all_contexts) == success
             ? static_cast<std::byte*>(p)
             : nullptr;
} catch (const Error&) {
  return nullptr;
}

void PinnedMemory::give_back(std::byte* block) noexcept try {
  context_->enter().cuMemFreeHost(block);
} catch (const Error&) {
}

}  // namespace tessera::cuda

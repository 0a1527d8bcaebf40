#pragma once
// What the text of a CUDA kernel needs to be compiled by g++, in front of it: the words of the language, and a thread's place
// in its grid. The text is the one that NVRTC gets, unchanged, followed by SIMT_ENTRY(name) for each kernel. Threads run one after
// another; nothing here lets them meet, so a text with a barrier or a shuffle does not compile.
#include <cstddef>
#include <cstdint>
#include <utility>

namespace simt {

struct Index {
  unsigned x = 0, y = 0, z = 0;
};
/// Where the running thread is. The driver (module.cpp) sets it through SIMT_ENTRY.
struct Place {
  Index thread, block, block_dim{1, 1, 1}, grid_dim{1, 1, 1};
};
static Place place;

template <class... A, std::size_t... I>
inline void call(void (*f)(A...), void* const* arguments, std::index_sequence<I...>) {
  f(*static_cast<const A*>(arguments[I])...);
}
template <class... A>
inline void call(void (*f)(A...), void* const* arguments) {
  call(f, arguments, std::index_sequence_for<A...>{});
}
template <class... A>
inline int sizes(void (*)(A...), unsigned* into) {
  const unsigned all[] = {sizeof(A)..., 0};
  for (std::size_t i = 0; i < sizeof...(A); i++) into[i] = all[i];
  return static_cast<int>(sizeof...(A));
}

}  // namespace simt

#define SIMT_EXPORT extern "C" __attribute__((visibility("default")))
/// The threads of one block, in the order first, first + step, ... (mod threads); the sizes of the arguments.
#define SIMT_ENTRY(name)                                                                                   \
  SIMT_EXPORT void name##_block(void* const* arguments, unsigned block, unsigned blocks, unsigned threads, \
                                unsigned first, unsigned step) {                                           \
    simt::place = {{0, 0, 0}, {block, 0, 0}, {threads, 1, 1}, {blocks, 1, 1}};                             \
    for (unsigned k = 0, t = first % threads; k < threads; k++, t = (t + step) % threads) {                \
      simt::place.thread.x = t;                                                                            \
      simt::call(name, arguments);                                                                         \
    }                                                                                                      \
  }                                                                                                        \
  SIMT_EXPORT int name##_sizes(unsigned* into) { return simt::sizes(name, into); }

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define threadIdx (simt::place.thread)
#define blockIdx (simt::place.block)
#define blockDim (simt::place.block_dim)
#define gridDim (simt::place.grid_dim)

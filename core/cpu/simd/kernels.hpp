// The kernel column of operations.inc as types: Kernel_exp and so on. `apply` takes elements, `math` registers, with M a family of
// SLEEF. A kernel has the function of what is made here: none for rare.cpp's.

namespace element {

#define TESSERA_PLAIN(condition, ...) \
  template <class T> requires(condition) static auto apply([[maybe_unused]] T a, [[maybe_unused]] T b = T()) { return __VA_ARGS__; }
#define TESSERA_MATH(...) \
  template <class M, class T> static T math([[maybe_unused]] T a, [[maybe_unused]] T b = T()) { return __VA_ARGS__; }
#define TESSERA_KERNEL_plain(...) TESSERA_PLAIN(true, __VA_ARGS__)
#define TESSERA_KERNEL_plain_complex(e, ...) TESSERA_PLAIN(IsReal<T>, e)
#define TESSERA_KERNEL_registers(...) TESSERA_PLAIN(IsReal<T>, __VA_ARGS__)
#define TESSERA_KERNEL_math(...) TESSERA_MATH(__VA_ARGS__)
#define TESSERA_KERNEL_math_complex(e, ...) TESSERA_MATH(e)
#define TESSERA_KERNEL_math_rare(e, ...) TESSERA_MATH(e)
#define TESSERA_KERNEL_rare(...)
#define TESSERA_KERNEL_own()
#define OPERATION(name, arity, rule, numpy, kernel, ulps, says) \
  struct Kernel_##name { TESSERA_KERNEL_##kernel };
#include <tessera/core/kernel/operations.inc>
#undef OPERATION
#undef TESSERA_KERNEL_plain
#undef TESSERA_KERNEL_plain_complex
#undef TESSERA_KERNEL_registers
#undef TESSERA_KERNEL_math
#undef TESSERA_KERNEL_math_complex
#undef TESSERA_KERNEL_math_rare
#undef TESSERA_KERNEL_rare
#undef TESSERA_KERNEL_own
#undef TESSERA_PLAIN
#undef TESSERA_MATH

}  // namespace element

#include <tessera/core/cpu/rare.hpp>

#include <tessera/core/cpu/complex_functions.hpp>
#include <tessera/core/cpu/division.hpp>

namespace tessera::cpu {
namespace {

// The kernel column of operations.inc: what is computed here, as types.
#define TESSERA_RARE(condition, ...) \
  template <class T>                 \
  requires(condition) static T apply(T a, [[maybe_unused]] T b) { return __VA_ARGS__; }
#define TESSERA_KERNEL_plain(...)
#define TESSERA_KERNEL_plain_complex(e, ...) TESSERA_RARE(!std::is_arithmetic_v<T>, __VA_ARGS__)
#define TESSERA_KERNEL_math(...)
#define TESSERA_KERNEL_math_complex(e, ...) TESSERA_RARE(!std::is_arithmetic_v<T>, __VA_ARGS__)
#define TESSERA_KERNEL_math_rare(e, ...) TESSERA_RARE(!std::floating_point<T>, __VA_ARGS__)
#define TESSERA_KERNEL_rare(...) TESSERA_RARE(true, __VA_ARGS__)
#define TESSERA_KERNEL_registers(...)
#define TESSERA_KERNEL_own()
#define OPERATION(name, arity, rule, numpy, kernel, ulps, says) \
  struct Kernel_##name {                                        \
    TESSERA_KERNEL_##kernel                                     \
  };
#include <tessera/core/kernel/operations.inc>
#undef OPERATION

template <class K, class T, int arity>
void block(void* d, const void* a, const void* b, std::int64_t n) {
  const T *x = static_cast<const T*>(a), *y = arity == 1 ? x : static_cast<const T*>(b);
  for (std::int64_t i = 0; i < n; i++) static_cast<T*>(d)[i] = K::apply(x[i], y[i]);
}
template <class K, Rule rule, int arity>
AnyFunction find(DType type) {
  return visit_dtype(type, [&]<class T>(T v) -> AnyFunction {
    if constexpr (!admits(rule, dtype_of<T>))
      return nullptr;
    else if constexpr (requires { K::apply(v, v); })
      return reinterpret_cast<AnyFunction>(&block<K, T, arity>);
    else
      return nullptr;
  });
}

}  // namespace

AnyFunction find_rare(Op op, DType type) {
  switch (op) {
#define OPERATION(name, arity, rule, numpy, kernel, ulps, says) \
  case Op::name:                                                \
    return find<Kernel_##name, Rule::rule, arity>(type);
#include <tessera/core/kernel/operations.inc>
#undef OPERATION
    case Op::cast:
      return nullptr;
  }
  return nullptr;
}

}  // namespace tessera::cpu

// Functions of registers of floats over a block: what Step::call is for the kernels with `math` (kernels.hpp).

/// SLEEF's NaNs differ in sign between targets (log of a negative number): one for all.
template <class T> Vec<T> one_nan(Vec<T> v) { return v == v ? v : Vec<T>{} + static_cast<T>(__builtin_nan("")); }

template <class K, class M, class T> void math1(void* d, const void* a, const void*, std::int64_t n) {
  const int registers = static_cast<int>(n * static_cast<std::int64_t>(sizeof(T)) / width);
  for (int k = 0; k < registers; k++)
    save(static_cast<std::byte*>(d), k, (V)one_nan<T>(K::template math<M>((Vec<T>)load(static_cast<const std::byte*>(a), k))));
}
template <class K, class M, class T> void math2(void* d, const void* a, const void* b, std::int64_t n) {
  const int registers = static_cast<int>(n * static_cast<std::int64_t>(sizeof(T)) / width);
  for (int k = 0; k < registers; k++)
    save(static_cast<std::byte*>(d), k,
         (V)one_nan<T>(K::template math<M>((Vec<T>)load(static_cast<const std::byte*>(a), k), (Vec<T>)load(static_cast<const std::byte*>(b), k))));
}
template <class K, class M, class T, int arity> AnyFunction math_block() {
  if constexpr (arity == 1) return any(&math1<K, M, T>);
  else return any(&math2<K, M, T>);
}
/// The function over a block; null for a kernel without `math`.
template <class K, int arity> AnyFunction find_math(DType t, bool fma) {
  if constexpr (requires { K::template math<Fma>(F64{}, F64{}); }) {
    if (t == DType::float64) return fma ? math_block<K, Fma, double, arity>() : math_block<K, Plain, double, arity>();
    if (t == DType::float32) return fma ? math_block<K, Fma, float, arity>() : math_block<K, Plain, float, arity>();
  }
  return nullptr;
}
inline AnyFunction find_math(Op op, DType t, bool fma) {
  switch (op) {
#define OPERATION(name, arity, rule, numpy, kernel, ulps, says) \
  case Op::name: return find_math<element::Kernel_##name, arity>(t, fma);
#include <tessera/core/kernel/operations.inc>
#undef OPERATION
    case Op::cast: return nullptr;
  }
  return nullptr;
}

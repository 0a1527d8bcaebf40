// SLEEF's deterministic functions over a block: `finz` (with FMA) gives one result on all targets, `cinz` (without) another.
// TESSERA_SLEEF(f, kind, lanes letter) spells the name for this target.

using F64 = Vec<double>;
using F32 = Vec<float>;

#define TESSERA_SLEEF_UNARY(X) X(exp) X(log) X(sin) X(cos) X(tanh)
#define TESSERA_DECLARE(name)                                                                        \
  extern "C" F64 TESSERA_SLEEF(finz, name, d, TESSERA_LANES64, u10, TESSERA_SLEEF_FMA)(F64);           \
  extern "C" F64 TESSERA_SLEEF(cinz, name, d, TESSERA_LANES64, u10, TESSERA_SLEEF_PLAIN)(F64);         \
  extern "C" F32 TESSERA_SLEEF(finz, name, f, TESSERA_LANES32, u10, TESSERA_SLEEF_FMA)(F32);           \
  extern "C" F32 TESSERA_SLEEF(cinz, name, f, TESSERA_LANES32, u10, TESSERA_SLEEF_PLAIN)(F32);
TESSERA_SLEEF_UNARY(TESSERA_DECLARE)
#undef TESSERA_DECLARE
extern "C" F64 TESSERA_SLEEF(finz, pow, d, TESSERA_LANES64, u10, TESSERA_SLEEF_FMA)(F64, F64);
extern "C" F64 TESSERA_SLEEF(cinz, pow, d, TESSERA_LANES64, u10, TESSERA_SLEEF_PLAIN)(F64, F64);
extern "C" F32 TESSERA_SLEEF(finz, pow, f, TESSERA_LANES32, u10, TESSERA_SLEEF_FMA)(F32, F32);
extern "C" F32 TESSERA_SLEEF(cinz, pow, f, TESSERA_LANES32, u10, TESSERA_SLEEF_PLAIN)(F32, F32);

/// SLEEF's NaNs differ in sign between targets (log of a negative number): one for all.
template <class T> Vec<T> one_nan(Vec<T> v) { return v == v ? v : Vec<T>{} + static_cast<T>(__builtin_nan("")); }

template <class T, auto f> void math1(void* d, const void* a, const void*, std::int64_t n) {
  const int registers = static_cast<int>(n * static_cast<std::int64_t>(sizeof(T)) / width);
  for (int k = 0; k < registers; k++)
    save(static_cast<std::byte*>(d), k, (V)one_nan<T>(f((Vec<T>)load(static_cast<const std::byte*>(a), k))));
}
template <class T, auto f> void math2(void* d, const void* a, const void* b, std::int64_t n) {
  const int registers = static_cast<int>(n * static_cast<std::int64_t>(sizeof(T)) / width);
  for (int k = 0; k < registers; k++)
    save(static_cast<std::byte*>(d), k, (V)one_nan<T>(f((Vec<T>)load(static_cast<const std::byte*>(a), k), (Vec<T>)load(static_cast<const std::byte*>(b), k))));
}

inline AnyFunction find_math(Op op, DType t, bool fma) {
  if (!is_real_floating(t)) return nullptr;
  const bool wide = t == DType::float64;
#define TESSERA_CASE(block, name)                                                                                      \
  case Op::name:                                                                                                       \
    return fma ? (wide ? any(&block<double, TESSERA_SLEEF(finz, name, d, TESSERA_LANES64, u10, TESSERA_SLEEF_FMA)>)    \
                       : any(&block<float, TESSERA_SLEEF(finz, name, f, TESSERA_LANES32, u10, TESSERA_SLEEF_FMA)>))    \
               : (wide ? any(&block<double, TESSERA_SLEEF(cinz, name, d, TESSERA_LANES64, u10, TESSERA_SLEEF_PLAIN)>)  \
                       : any(&block<float, TESSERA_SLEEF(cinz, name, f, TESSERA_LANES32, u10, TESSERA_SLEEF_PLAIN)>));
#define TESSERA_CASE1(f) TESSERA_CASE(math1, f)
  switch (op) {
    TESSERA_SLEEF_UNARY(TESSERA_CASE1)
    TESSERA_CASE(math2, pow)
    default: return nullptr;
  }
#undef TESSERA_CASE1
#undef TESSERA_CASE
}

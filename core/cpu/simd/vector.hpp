// Registers and the shape of a step function (no include guard: included once by each SIMD target, inside its namespace,
// after TESSERA_WIDTH, the bytes of a register and thereby the elements of a step).
//
// g++'s vector extension carries the arithmetic, so most steps are written once for all targets; intrinsics stand only
// where it has no word for an instruction.

inline constexpr int width = TESSERA_WIDTH;

using V = long long __attribute__((vector_size(TESSERA_WIDTH), may_alias));
template <class T> struct VectorOf { typedef T type __attribute__((vector_size(TESSERA_WIDTH), may_alias)); };
template <class T> using Vec = typename VectorOf<T>::type;

#define TESSERA_REGISTERS V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7
#define TESSERA_ARGUMENTS a0, a1, a2, a3, a4, a5, a6, a7
#define TESSERA_STEP_PARAMETERS const Step *op, const Mem *mem, std::int64_t i, Loop *loop, TESSERA_REGISTERS
using StepFunction = void (*)(TESSERA_STEP_PARAMETERS);
/// The jump to the next step: the last thing that a step does.
#define TESSERA_JUMP reinterpret_cast<StepFunction>(op[1].run)(op + 1, mem, i, loop, TESSERA_ARGUMENTS)
/// M(k) for the registers that `K`-byte items fill.
#define TESSERA_EACH(K, M)         \
  M(0)                             \
  if constexpr (K > 1) { M(1) }    \
  if constexpr (K > 2) { M(2) M(3) } \
  if constexpr (K > 4) { M(4) M(5) M(6) M(7) }

/// The operand's element i; `offset` is a byte offset into the table.
template <std::int64_t item> inline std::byte* at(const Mem* mem, std::uint32_t offset, std::int64_t i) {
  const Mem& m = *reinterpret_cast<const Mem*>(reinterpret_cast<const std::byte*>(mem) + offset);
  return m.base + (i & m.mask) * item;
}
template <class T> inline T* pointer(const Mem* mem, std::uint32_t offset, std::int64_t i) {
  return reinterpret_cast<T*>(at<sizeof(T)>(mem, offset, i));
}
/// A scalar operand in every lane.
template <class T> V scalar(const Mem* mem, std::uint32_t offset) {
  T v;
  __builtin_memcpy(&v, at<1>(mem, offset, 0), sizeof v);
  return (V)(Vec<T>{} + v);
}
/// Lane k of the result is lane from[k] of `a`, or of `a` and `b` one after the other.
#ifdef __clang__  // has no __builtin_shuffle; its builds are for fuzzing, not for speed
template <class A, class I> A shuffle(A a, I from) {
  A r{};
  for (unsigned k = 0; k < sizeof(A) / sizeof(a[0]); k++) r[k] = a[static_cast<unsigned>(from[k])];
  return r;
}
template <class A, class I> A shuffle(A a, A b, I from) {
  constexpr unsigned n = sizeof(A) / sizeof(a[0]);
  A r{};
  for (unsigned k = 0; k < n; k++) r[k] = static_cast<unsigned>(from[k]) < n ? a[static_cast<unsigned>(from[k])] : b[static_cast<unsigned>(from[k]) - n];
  return r;
}
#else
template <class A, class I> A shuffle(A a, I from) { return __builtin_shuffle(a, from); }
template <class A, class I> A shuffle(A a, A b, I from) { return __builtin_shuffle(a, b, from); }
#endif
inline V load(const std::byte* p, int k) {
  V v;
  __builtin_memcpy(&v, p + k * width, sizeof v);
  return v;
}
inline void save(std::byte* p, int k, V v) { __builtin_memcpy(p + k * width, &v, sizeof v); }
template <class F> inline AnyFunction any(F* f) { return reinterpret_cast<AnyFunction>(f); }

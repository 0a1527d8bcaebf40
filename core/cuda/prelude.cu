// What core/cpu/simd/functions.hpp expects of a compiler, where that is NVRTC: no headers, and g++'s built-in functions under
// CUDA's names. Everything is device code (--device-as-default-execution-space).
#ifdef __CUDACC_RTC__
namespace std {
using int8_t = signed char;
using int16_t = short;
using int32_t = int;
using int64_t = long long;
using uint8_t = unsigned char;
using uint16_t = unsigned short;
using uint32_t = unsigned int;
using uint64_t = unsigned long long;
}  // namespace std
#define __builtin_fabsf(a) ::fabsf(a)
#define __builtin_fabs(a) ::fabs(a)
#define __builtin_sqrtf(a) ::sqrtf(a)
#define __builtin_sqrt(a) ::sqrt(a)
#define __builtin_floorf(a) ::floorf(a)
#define __builtin_floor(a) ::floor(a)
#define __builtin_ceilf(a) ::ceilf(a)
#define __builtin_ceil(a) ::ceil(a)
#define __builtin_truncf(a) ::truncf(a)
#define __builtin_trunc(a) ::trunc(a)
#define __builtin_rintf(a) ::rintf(a)
#define __builtin_rint(a) ::rint(a)
#define __builtin_isinf(a) (::isinf(a))
#define __builtin_memcpy(to, from, bytes) ::memcpy(to, from, bytes)
#define __builtin_inff() __int_as_float(0x7f800000)
#define __builtin_inf() __longlong_as_double(0x7ff0000000000000ll)
#endif

// A float out of an integer's range: a GPU saturates, the CPU gives the smallest integer, and so does the text.
#define TESSERA_TO_INTEGER
namespace element {
template <class R, class T> R to_integer(T a) {
  constexpr T end = sizeof(R) == 4 ? T(0x1p31) : T(0x1p63);
  constexpr R smallest = R(1) << (8 * sizeof(R) - 2);
  return a >= -end && a < end ? static_cast<R>(a) : R(-smallest - smallest);
}
}  // namespace element

// Box and Muller (1958): uniforms u, v give r cos(2 pi v) and r sin(2 pi v) with r = sqrt(-2 log(1 - u)); 1 - u is in (0, 1], so the
// logarithm is finite. A pair of uniforms (2j, 2j + 1) becomes the pair of normals at the same places.

#define TESSERA_DECLARE(family, isa)                                                                 \
  struct family##Pair64 { F64 sin, cos; };                                                            \
  struct family##Pair32 { F32 sin, cos; };                                                            \
  extern "C" family##Pair64 TESSERA_SLEEF(family, sincospi, d, TESSERA_LANES64, u05, isa)(F64);       \
  extern "C" family##Pair32 TESSERA_SLEEF(family, sincospi, f, TESSERA_LANES32, u05, isa)(F32);
TESSERA_DECLARE(finz, TESSERA_SLEEF_FMA)
TESSERA_DECLARE(cinz, TESSERA_SLEEF_PLAIN)
#undef TESSERA_DECLARE

inline auto sincospi(Fma, F64 x) { return TESSERA_SLEEF(finz, sincospi, d, TESSERA_LANES64, u05, TESSERA_SLEEF_FMA)(x); }
inline auto sincospi(Fma, F32 x) { return TESSERA_SLEEF(finz, sincospi, f, TESSERA_LANES32, u05, TESSERA_SLEEF_FMA)(x); }
inline auto sincospi(Plain, F64 x) { return TESSERA_SLEEF(cinz, sincospi, d, TESSERA_LANES64, u05, TESSERA_SLEEF_PLAIN)(x); }
inline auto sincospi(Plain, F32 x) { return TESSERA_SLEEF(cinz, sincospi, f, TESSERA_LANES32, u05, TESSERA_SLEEF_PLAIN)(x); }

/// n pairs (u, v), interleaved, in place.
template <class Math, class T> void box_muller(std::int64_t n, T* x) {
  constexpr int m = width / static_cast<int>(sizeof(T));
  for (std::int64_t i = 0; i < n; i += m) {
    const std::int64_t here = n - i < m ? n - i : m;
    Vec<T> u{}, v{};
    T a[m] = {}, b[m] = {};
    for (std::int64_t j = 0; j < here; j++) {
      a[j] = T(1) - x[2 * (i + j)];
      b[j] = T(2) * x[2 * (i + j) + 1];
    }
    for (std::int64_t j = here; j < m; j++) a[j] = T(1);
    __builtin_memcpy(&u, a, sizeof u);
    __builtin_memcpy(&v, b, sizeof v);
    const Vec<T> r = square_root(Math::log(u) * T(-2));
    const auto angle = sincospi(Math{}, v);
    const Vec<T> c = r * angle.cos, s = r * angle.sin;
    __builtin_memcpy(a, &c, sizeof c);
    __builtin_memcpy(b, &s, sizeof s);
    for (std::int64_t j = 0; j < here; j++) {
      x[2 * (i + j)] = a[j];
      x[2 * (i + j) + 1] = b[j];
    }
  }
}
inline void normal64(std::uint64_t seed, std::uint64_t key, std::uint64_t counter, std::int64_t calls, double* out, bool fma) {
  constexpr std::int64_t block = 512;  // calls: 8 KiB, still in L1 for the second pass
  for (std::int64_t i = 0; i < calls; i += block) {
    const std::int64_t n = calls - i < block ? calls - i : block;
    uniform64(seed, key, counter + static_cast<std::uint64_t>(i), n, out + 2 * i);
    if (fma) box_muller<Fma>(n, out + 2 * i);
    else box_muller<Plain>(n, out + 2 * i);
  }
}
inline void normal32(std::uint64_t seed, std::uint64_t key, std::uint64_t counter, std::int64_t calls, float* out, bool fma) {
  constexpr std::int64_t block = 512;
  for (std::int64_t i = 0; i < calls; i += block) {
    const std::int64_t n = calls - i < block ? calls - i : block;
    uniform32(seed, key, counter + static_cast<std::uint64_t>(i), n, out + 4 * i);
    if (fma) box_muller<Fma>(2 * n, out + 4 * i);
    else box_muller<Plain>(2 * n, out + 4 * i);
  }
}

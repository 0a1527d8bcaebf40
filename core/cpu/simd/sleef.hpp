// SLEEF's deterministic functions as two families: Fma (`finz`) gives one result on all targets, Plain (`cinz`) another.
// TESSERA_SLEEF(family, f, kind, lanes, accuracy, isa) spells the name for this target.

using F64 = Vec<double>;
using F32 = Vec<float>;

/// X(function, its error in tenths of an ulp)
#define TESSERA_SLEEF_1(X)                                                                                             \
  X(exp, u10) X(exp2, u10) X(exp10, u10) X(expm1, u10) X(log, u10) X(log2, u10) X(log10, u10) X(log1p, u10)            \
  X(sin, u10) X(cos, u10) X(tan, u10) X(asin, u10) X(acos, u10) X(atan, u10) X(sinh, u10) X(cosh, u10) X(tanh, u10)    \
  X(asinh, u10) X(acosh, u10) X(atanh, u10) X(cbrt, u10) X(erf, u10) X(erfc, u15)
#define TESSERA_SLEEF_2(X) X(pow, u10) X(atan2, u10) X(hypot, u05)

#define TESSERA_FAMILY(family, isa, name, accuracy, parameters64, parameters32)                  \
  extern "C" F64 TESSERA_SLEEF(family, name, d, TESSERA_LANES64, accuracy, isa) parameters64;     \
  extern "C" F32 TESSERA_SLEEF(family, name, f, TESSERA_LANES32, accuracy, isa) parameters32;
#define TESSERA_DECLARE1(name, accuracy)                                          \
  TESSERA_FAMILY(finz, TESSERA_SLEEF_FMA, name, accuracy, (F64), (F32))            \
  TESSERA_FAMILY(cinz, TESSERA_SLEEF_PLAIN, name, accuracy, (F64), (F32))
#define TESSERA_DECLARE2(name, accuracy)                                          \
  TESSERA_FAMILY(finz, TESSERA_SLEEF_FMA, name, accuracy, (F64, F64), (F32, F32))  \
  TESSERA_FAMILY(cinz, TESSERA_SLEEF_PLAIN, name, accuracy, (F64, F64), (F32, F32))
TESSERA_SLEEF_1(TESSERA_DECLARE1)
TESSERA_SLEEF_2(TESSERA_DECLARE2)
#undef TESSERA_DECLARE1
#undef TESSERA_DECLARE2
#undef TESSERA_FAMILY

#define TESSERA_FAMILY1(family, isa, name, accuracy)                                                            \
  static F64 name(F64 a) { return TESSERA_SLEEF(family, name, d, TESSERA_LANES64, accuracy, isa)(a); }           \
  static F32 name(F32 a) { return TESSERA_SLEEF(family, name, f, TESSERA_LANES32, accuracy, isa)(a); }
#define TESSERA_FAMILY2(family, isa, name, accuracy)                                                            \
  static F64 name(F64 a, F64 b) { return TESSERA_SLEEF(family, name, d, TESSERA_LANES64, accuracy, isa)(a, b); } \
  static F32 name(F32 a, F32 b) { return TESSERA_SLEEF(family, name, f, TESSERA_LANES32, accuracy, isa)(a, b); }
struct Fma {
  static constexpr bool fused = true;
#define TESSERA_MEMBER1(name, accuracy) TESSERA_FAMILY1(finz, TESSERA_SLEEF_FMA, name, accuracy)
#define TESSERA_MEMBER2(name, accuracy) TESSERA_FAMILY2(finz, TESSERA_SLEEF_FMA, name, accuracy)
  TESSERA_SLEEF_1(TESSERA_MEMBER1)
  TESSERA_SLEEF_2(TESSERA_MEMBER2)
#undef TESSERA_MEMBER1
#undef TESSERA_MEMBER2
};
struct Plain {
  static constexpr bool fused = false;
#define TESSERA_MEMBER1(name, accuracy) TESSERA_FAMILY1(cinz, TESSERA_SLEEF_PLAIN, name, accuracy)
#define TESSERA_MEMBER2(name, accuracy) TESSERA_FAMILY2(cinz, TESSERA_SLEEF_PLAIN, name, accuracy)
  TESSERA_SLEEF_1(TESSERA_MEMBER1)
  TESSERA_SLEEF_2(TESSERA_MEMBER2)
#undef TESSERA_MEMBER1
#undef TESSERA_MEMBER2
};
#undef TESSERA_FAMILY1
#undef TESSERA_FAMILY2

// The few functions of a register that need an intrinsic, for the width at hand.

inline Vec<float> square_root(Vec<float> a);
inline Vec<double> square_root(Vec<double> a);
inline Vec<float> round_down(Vec<float> a);
inline Vec<double> round_down(Vec<double> a);
/// The product of the low halves of the 64-bit lanes.
inline Vec<std::uint64_t> multiply_low_halves(Vec<std::uint64_t> a, Vec<std::uint64_t> b);
/// a < b ? a : b, and a > b ? a : b: of equal ones (0 and -0) the second.
inline Vec<double> less_else(Vec<double> a, Vec<double> b);
inline Vec<double> greater_else(Vec<double> a, Vec<double> b);
/// Stores past the caches; `p` is aligned to the register.
inline void stream(std::byte* p, V v);
/// True when a comparison holds in some lane.
inline bool some_lane(V lanes);

#if TESSERA_WIDTH == 64
inline Vec<float> square_root(Vec<float> a) { return (Vec<float>)_mm512_sqrt_ps((__m512)a); }
inline Vec<double> square_root(Vec<double> a) { return (Vec<double>)_mm512_sqrt_pd((__m512d)a); }
inline Vec<float> round_down(Vec<float> a) { return (Vec<float>)_mm512_roundscale_ps((__m512)a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
inline Vec<double> round_down(Vec<double> a) { return (Vec<double>)_mm512_roundscale_pd((__m512d)a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
inline Vec<std::uint64_t> multiply_low_halves(Vec<std::uint64_t> a, Vec<std::uint64_t> b) {
  return (Vec<std::uint64_t>)_mm512_mul_epu32((__m512i)a, (__m512i)b);
}
inline Vec<double> less_else(Vec<double> a, Vec<double> b) { return (Vec<double>)_mm512_min_pd((__m512d)a, (__m512d)b); }
inline Vec<double> greater_else(Vec<double> a, Vec<double> b) { return (Vec<double>)_mm512_max_pd((__m512d)a, (__m512d)b); }
inline void stream(std::byte* p, V v) { _mm512_stream_si512(reinterpret_cast<__m512i*>(p), (__m512i)v); }
inline bool some_lane(V lanes) { return _mm512_test_epi64_mask((__m512i)lanes, (__m512i)lanes) != 0; }
#elif TESSERA_WIDTH == 32
inline Vec<float> square_root(Vec<float> a) { return (Vec<float>)_mm256_sqrt_ps((__m256)a); }
inline Vec<double> square_root(Vec<double> a) { return (Vec<double>)_mm256_sqrt_pd((__m256d)a); }
inline Vec<float> round_down(Vec<float> a) { return (Vec<float>)_mm256_floor_ps((__m256)a); }
inline Vec<double> round_down(Vec<double> a) { return (Vec<double>)_mm256_floor_pd((__m256d)a); }
inline Vec<std::uint64_t> multiply_low_halves(Vec<std::uint64_t> a, Vec<std::uint64_t> b) {
  return (Vec<std::uint64_t>)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}
inline Vec<double> less_else(Vec<double> a, Vec<double> b) { return (Vec<double>)_mm256_min_pd((__m256d)a, (__m256d)b); }
inline Vec<double> greater_else(Vec<double> a, Vec<double> b) { return (Vec<double>)_mm256_max_pd((__m256d)a, (__m256d)b); }
inline void stream(std::byte* p, V v) { _mm256_stream_si256(reinterpret_cast<__m256i*>(p), (__m256i)v); }
inline bool some_lane(V lanes) { return _mm256_testz_si256((__m256i)lanes, (__m256i)lanes) == 0; }
#else
inline Vec<float> square_root(Vec<float> a) { return (Vec<float>)_mm_sqrt_ps((__m128)a); }
inline Vec<double> square_root(Vec<double> a) { return (Vec<double>)_mm_sqrt_pd((__m128d)a); }
inline Vec<float> round_down(Vec<float> a) { return (Vec<float>)_mm_floor_ps((__m128)a); }
inline Vec<double> round_down(Vec<double> a) { return (Vec<double>)_mm_floor_pd((__m128d)a); }
inline Vec<std::uint64_t> multiply_low_halves(Vec<std::uint64_t> a, Vec<std::uint64_t> b) {
  return (Vec<std::uint64_t>)_mm_mul_epu32((__m128i)a, (__m128i)b);
}
inline Vec<double> less_else(Vec<double> a, Vec<double> b) { return (Vec<double>)_mm_min_pd((__m128d)a, (__m128d)b); }
inline Vec<double> greater_else(Vec<double> a, Vec<double> b) { return (Vec<double>)_mm_max_pd((__m128d)a, (__m128d)b); }
inline void stream(std::byte* p, V v) { _mm_stream_si128(reinterpret_cast<__m128i*>(p), (__m128i)v); }
inline bool some_lane(V lanes) { return _mm_testz_si128((__m128i)lanes, (__m128i)lanes) == 0; }
#endif

template <class X> X minimum(X a, X b) { return (a < b) | (a != a) ? a : b; }
template <class X> X maximum(X a, X b) { return (a > b) | (a != a) ? a : b; }
inline Vec<float> absolute(Vec<float> a) { return (Vec<float>)((Vec<std::uint32_t>)a & 0x7fffffffu); }
inline Vec<double> absolute(Vec<double> a) { return (Vec<double>)((Vec<std::uint64_t>)a & 0x7fffffffffffffffu); }

// The operations on registers of any element type, for the templates of steps.
struct VAdd { template <class X> static X apply(X a, X b) { return a + b; } };
struct VSubtract { template <class X> static X apply(X a, X b) { return a - b; } };
struct VMultiply { template <class X> static X apply(X a, X b) { return a * b; } };
struct VDivide { template <class X> static X apply(X a, X b) { return a / b; } };
struct VMinimum { template <class X> static X apply(X a, X b) { return minimum(a, b); } };
struct VMaximum { template <class X> static X apply(X a, X b) { return maximum(a, b); } };
struct VAnd { template <class X> static X apply(X a, X b) { return a & b; } };
struct VOr { template <class X> static X apply(X a, X b) { return a | b; } };
struct VXor { template <class X> static X apply(X a, X b) { return a ^ b; } };
struct VInvert { template <class X> static X apply(X a) { return ~a; } };
struct VNegative { template <class X> static X apply(X a) { return -a; } };
struct VSquare { template <class X> static X apply(X a) { return a * a; } };
struct VSqrt { template <class X> static X apply(X a) { return square_root(a); } };
struct VFloor { template <class X> static X apply(X a) { return round_down(a); } };
struct VAbs { template <class X> static X apply(X a) { return absolute(a); } };
struct VNotBool { static Vec<u8> apply(Vec<u8> a) { return a ^ 1; } };

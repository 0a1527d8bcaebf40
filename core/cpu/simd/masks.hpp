// Comparisons that leave bytes of 0 or 1 in the first register, and selections by such bytes, for K-byte items.

enum class Predicate { equal, not_equal, less, less_equal, greater, greater_equal };

#if TESSERA_WIDTH == 64
// The predicates' numbers: ordered and quiet for floats (a NaN makes all but not_equal false).
template <Predicate p> inline constexpr int integer_code = p == Predicate::equal ? _MM_CMPINT_EQ : p == Predicate::not_equal ? _MM_CMPINT_NE
    : p == Predicate::less ? _MM_CMPINT_LT : p == Predicate::less_equal ? _MM_CMPINT_LE : p == Predicate::greater ? _MM_CMPINT_NLE : _MM_CMPINT_NLT;
template <Predicate p> inline constexpr int float_code = p == Predicate::equal ? _CMP_EQ_OQ : p == Predicate::not_equal ? _CMP_NEQ_UQ
    : p == Predicate::less ? _CMP_LT_OQ : p == Predicate::less_equal ? _CMP_LE_OQ : p == Predicate::greater ? _CMP_GT_OQ : _CMP_GE_OQ;

template <Predicate p, class T> std::uint64_t bits_of(V a, V b) {
  constexpr int code = integer_code<p>;
  const __m512i x = (__m512i)a, y = (__m512i)b;
  if constexpr (sizeof(T) == 8 && is_float_v<T>) return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, float_code<p>);
  else if constexpr (is_float_v<T>) return _mm512_cmp_ps_mask((__m512)a, (__m512)b, float_code<p>);
  else if constexpr (static_cast<T>(-1) < T(0)) {
    if constexpr (sizeof(T) == 8) return _mm512_cmp_epi64_mask(x, y, code);
    else if constexpr (sizeof(T) == 4) return _mm512_cmp_epi32_mask(x, y, code);
    else if constexpr (sizeof(T) == 2) return _mm512_cmp_epi16_mask(x, y, code);
    else return _mm512_cmp_epi8_mask(x, y, code);
  } else {
    if constexpr (sizeof(T) == 8) return _mm512_cmp_epu64_mask(x, y, code);
    else if constexpr (sizeof(T) == 4) return _mm512_cmp_epu32_mask(x, y, code);
    else if constexpr (sizeof(T) == 2) return _mm512_cmp_epu16_mask(x, y, code);
    else return _mm512_cmp_epu8_mask(x, y, code);
  }
}
/// Bits to bytes of 0 or 1.
inline V bytes_of(std::uint64_t bits) { return (V)_mm512_maskz_set1_epi8(bits, 1); }
/// Register k of where(condition, a, b); `bits` has one bit for each element of the step.
template <int K> V choose(std::uint64_t bits, int k, V a, V b) {
  const std::uint64_t m = bits >> (k * (width / K));
  if constexpr (K == 8) return (V)_mm512_mask_blend_epi64(static_cast<__mmask8>(m), (__m512i)b, (__m512i)a);
  else if constexpr (K == 4) return (V)_mm512_mask_blend_epi32(static_cast<__mmask16>(m), (__m512i)b, (__m512i)a);
  else if constexpr (K == 2) return (V)_mm512_mask_blend_epi16(static_cast<__mmask32>(m), (__m512i)b, (__m512i)a);
  else return (V)_mm512_mask_blend_epi8(m, (__m512i)b, (__m512i)a);
}
inline std::uint64_t condition(const std::byte* c) {
  const __m512i v = (__m512i)load(c, 0);
  return _mm512_test_epi8_mask(v, v);
}

template <Predicate p, class T> V compare(V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7, V b0, V b1, V b2, V b3, V b4, V b5, V b6, V b7) {
  std::uint64_t bits = 0;
#define M(k) bits |= bits_of<p, T>(a##k, b##k) << (k * (width / static_cast<int>(sizeof(T))));
  TESSERA_EACH(sizeof(T), M)
#undef M
  return bytes_of(bits);
}

#else

#if TESSERA_WIDTH == 32
// The pack instructions work within 128-bit halves: put the quarters back in order.
inline V in_order(__m256i v) { return (V)_mm256_permute4x64_epi64(v, 0xd8); }
inline V pack32(V a, V b) { return in_order(_mm256_packs_epi32((__m256i)a, (__m256i)b)); }
inline V pack16(V a, V b) { return in_order(_mm256_packs_epi16((__m256i)a, (__m256i)b)); }
#else
inline V pack32(V a, V b) { return (V)_mm_packs_epi32((__m128i)a, (__m128i)b); }
inline V pack16(V a, V b) { return (V)_mm_packs_epi16((__m128i)a, (__m128i)b); }
#endif

/// All ones or all zeros in each lane.
template <Predicate p, class T> V lanes_of(V x, V y) {
  const Vec<T> a = (Vec<T>)x, b = (Vec<T>)y;
  if constexpr (p == Predicate::equal) return (V)(a == b);
  else if constexpr (p == Predicate::not_equal) return (V)(a != b);
  else if constexpr (p == Predicate::less) return (V)(a < b);
  else if constexpr (p == Predicate::less_equal) return (V)(a <= b);
  else if constexpr (p == Predicate::greater) return (V)(a > b);
  else return (V)(a >= b);
}
// Halving the lanes of all ones or zeros by signed saturation keeps them so: 64 -> 32 -> 16 -> 8 bits (a 64-bit lane is two
// equal 32-bit ones, which become two 16-bit ones, that is one of 32).
template <Predicate p, class T> V compare(V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7, V b0, V b1, V b2, V b3, V b4, V b5, V b6, V b7) {
#define L(k) lanes_of<p, T>(a##k, b##k)
  V r;
  if constexpr (sizeof(T) == 8)
    r = pack16(pack32(pack32(L(0), L(1)), pack32(L(2), L(3))), pack32(pack32(L(4), L(5)), pack32(L(6), L(7))));
  else if constexpr (sizeof(T) == 4) r = pack16(pack32(L(0), L(1)), pack32(L(2), L(3)));
  else if constexpr (sizeof(T) == 2) r = pack16(L(0), L(1));
  else r = L(0);
#undef L
  return (V)((Vec<u8>)r & 1);
}

inline const std::byte* condition(const std::byte* c) { return c; }
template <int K> V choose(const std::byte* c, int k, V a, V b) {
  constexpr int n = width / K;
  V m;
#if TESSERA_WIDTH == 32
  if constexpr (K == 8) {
    int four;
    __builtin_memcpy(&four, c + k * n, 4);
    m = (V)_mm256_cvtepi8_epi64(_mm_cvtsi32_si128(four));
  } else if constexpr (K == 4) m = (V)_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(c + k * n)));
  else if constexpr (K == 2) m = (V)_mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(c + k * n)));
  else m = load(c, 0);
#else
  if constexpr (K == 8) {
    short two;
    __builtin_memcpy(&two, c + k * n, 2);
    m = (V)_mm_cvtepi8_epi64(_mm_cvtsi32_si128(two));
  } else if constexpr (K == 4) {
    int four;
    __builtin_memcpy(&four, c + k * n, 4);
    m = (V)_mm_cvtepi8_epi32(_mm_cvtsi32_si128(four));
  } else if constexpr (K == 2) m = (V)_mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(c + k * n)));
  else m = load(c, 0);
#endif
  if constexpr (K == 8) m = -m;
  else if constexpr (K == 4) m = (V)(-(Vec<std::int32_t>)m);
  else if constexpr (K == 2) m = (V)(-(Vec<std::int16_t>)m);
  else m = (V)(-(Vec<std::uint8_t>)m);  // unsigned: behind the last element may stand anything
  return (a & m) | (b & ~m);
}
#endif

template <Predicate p, class T> void step_compare_am(TESSERA_STEP_PARAMETERS) {
  const std::byte* q = at<sizeof(T)>(mem, op->b, i);
#define B(k) (k < sizeof(T) ? load(q, k) : V{})
  a0 = compare<p, T>(TESSERA_ARGUMENTS, B(0), B(1), B(2), B(3), B(4), B(5), B(6), B(7));
#undef B
  TESSERA_JUMP;
}
template <Predicate p, class T> void step_compare_as(TESSERA_STEP_PARAMETERS) {
  const V s = scalar<T>(mem, op->b);
  a0 = compare<p, T>(TESSERA_ARGUMENTS, s, s, s, s, s, s, s, s);
  TESSERA_JUMP;
}
template <class T> void step_isnan(TESSERA_STEP_PARAMETERS) {
  a0 = compare<Predicate::not_equal, T>(TESSERA_ARGUMENTS, TESSERA_ARGUMENTS);
  TESSERA_JUMP;
}
template <int K> void step_where_am(TESSERA_STEP_PARAMETERS) {
  const auto c = condition(at<1>(mem, op->c, i));
  const std::byte* q = at<K>(mem, op->b, i);
#define M(k) a##k = choose<K>(c, k, a##k, load(q, k));
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}
template <int K> void step_where_ma(TESSERA_STEP_PARAMETERS) {
  const auto c = condition(at<1>(mem, op->c, i));
  const std::byte* q = at<K>(mem, op->a, i);
#define M(k) a##k = choose<K>(c, k, load(q, k), a##k);
  TESSERA_EACH(K, M)
#undef M
  TESSERA_JUMP;
}

template <Predicate p> AnyFunction find_compare(DType t, Form form) {
  if (form != Form::am && form != Form::as) return nullptr;
  auto f = [&]<class T>(T) { return form == Form::am ? any(&step_compare_am<p, T>) : any(&step_compare_as<p, T>); };
  switch (t) {
    case DType::int8: return f(std::int8_t{});
    case DType::int16: return f(std::int16_t{});
    case DType::int32: return f(std::int32_t{});
    case DType::int64: return f(std::int64_t{});
    case DType::bool_: case DType::uint8: return f(std::uint8_t{});
    case DType::uint16: return f(std::uint16_t{});
    case DType::uint32: return f(std::uint32_t{});
    case DType::uint64: return f(std::uint64_t{});
    case DType::float32: return f(float{});
    case DType::float64: return f(double{});
    default: return nullptr;
  }
}
inline AnyFunction find_where(std::int64_t item, Form form) {
  const bool am = form == Form::am;
  if (!am && form != Form::ma) return nullptr;
  switch (item) {
    case 1: return am ? any(&step_where_am<1>) : any(&step_where_ma<1>);
    case 2: return am ? any(&step_where_am<2>) : any(&step_where_ma<2>);
    case 4: return am ? any(&step_where_am<4>) : any(&step_where_ma<4>);
    case 8: return am ? any(&step_where_am<8>) : any(&step_where_ma<8>);
    default: return nullptr;
  }
}

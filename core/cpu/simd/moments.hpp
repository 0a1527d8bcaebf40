// Mean and M2 = sum of (x - mean)^2 by shifted sums: within a leaf s += x - shift and q += (x - shift)^2, at its end
// mean = shift + s / n and M2 = q - s * (s / n); leaves merge by Chan's formula (Chan, Golub, LeVeque 1979).
//
// Why that is safe: the shift is an element of the leaf itself, so (shift - mean)^2 <= M2, and
// q = M2 + n (shift - mean)^2 <= (1 + n) M2: the subtraction loses at most log2(n + 1) bits, 12 of 53 for a leaf of 4096, and that
// only where the shift lies far outside all others; about one bit where it is an ordinary element. Welford's update, which this
// replaces, divides in every step. A shift that is not finite would poison every difference, so it is 0 then.
//
// The nan forms skip NaN and count what is left; what they skip changes no bit of s and q.

/// Registers of doubles in work together: s, q and the shift of each fit the 16 or 32 that the processor has.
inline constexpr int moment_registers = width == 64 ? 8 : 4;
inline constexpr int moment_items = moment_registers * width / 8;
using I64 = Vec<std::int64_t>;
inline constexpr double largest_double = 1.7976931348623157e308;

inline F64 skip_unless(I64 counted, F64 d) { return counted ? d : F64{} - 0.0; }

/// What is summed: x - shift and its square, or x alone.
enum class Sums { moments, values };

/// n elements of one output into the 64 lanes of s and q (and some of counts, for the nan form), element i into lane i mod 64.
template <class A, bool skips, Sums sums = Sums::moments> void moments_along(std::int64_t n, const std::byte* from, double shift, double* s, double* q, double* counts) {
  constexpr std::int64_t item = sizeof(A), step = lanes * item, ahead = 8192;
  constexpr int K = moment_registers, register_items = width / 8;
  const std::int64_t whole = n / lanes * lanes;
  const F64 shifts = F64{} + shift, one = F64{} + 1.0;
  for (int part = 0; part < lanes && whole > 0; part += moment_items) {
    std::byte *first = reinterpret_cast<std::byte*>(s + part), *squares = reinterpret_cast<std::byte*>(q + part);
    const std::byte* p = from + part * item;
    F64 s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, q0{}, q1{}, q2{}, q3{}, q4{}, q5{}, q6{}, q7{}, c{};
#define M(k)                                                             \
  s##k = (F64)load(first, k);                                            \
  if constexpr (sums == Sums::moments) q##k = (F64)load(squares, k);
    TESSERA_EACH(K, M)
#undef M
    std::int64_t i = 0;
    do {
#pragma GCC unroll 8
      for (int line = 0; line < moment_items * item; line += 64) __builtin_prefetch(p + i + ahead + line);
#define M(k)                                                            \
  {                                                                     \
    const F64 x = widened<double, A>(p + i + k * register_items * item); \
    F64 d = sums == Sums::moments ? x - shifts : x;                     \
    if constexpr (skips) {                                              \
      const I64 counted = (I64)(x == x);                                \
      d = skip_unless(counted, d);                                      \
      c += counted ? one : F64{};                                       \
    }                                                                   \
    s##k += d;                                                          \
    if constexpr (sums == Sums::moments) q##k += d * d;                 \
  }
      TESSERA_EACH(K, M)
#undef M
    } while ((i += step) < whole * item);
#define M(k)                                                             \
  save(first, k, (V)s##k);                                               \
  if constexpr (sums == Sums::moments) save(squares, k, (V)q##k);
    TESSERA_EACH(K, M)
#undef M
    if constexpr (skips)  // small integers: any order
      for (int l = 0; l < register_items; l++) counts[l] += c[l];
  }
#pragma GCC ivdep
  for (std::int64_t l = 0; l < n - whole; l++) {
    const double x = static_cast<double>(item_at<A>(from, whole + l));
    double d = sums == Sums::moments ? x - shift : x;
    if constexpr (skips) {
      counts[l] += x == x ? 1.0 : 0.0;
      d = x == x ? d : -0.0;
    }
    s[l] += d;
    if constexpr (sums == Sums::moments) q[l] += d * d;
  }
}

/// `rows` rows, at least one, of n elements into n outputs, each with its own shift. The nan form takes an output's first finite element as its
/// shift when it meets it: what came before were infinities, after which s and q are no numbers that a shift could spoil.
template <class A, bool skips, Sums sums = Sums::moments>
void moments_across(std::int64_t n, std::int64_t rows, const std::byte* from, std::int64_t stride, double* shift, double* s, double* q,
                    double* counts, std::int64_t ahead) {
  constexpr bool squares = sums == Sums::moments;
  constexpr int K = skips && moment_registers > 4 ? 4 : moment_registers, register_items = width / 8, items = K * register_items;
  constexpr std::int64_t item = sizeof(A);
  const F64 one = F64{} + 1.0, largest = F64{} + largest_double;
  std::int64_t o = 0;
  for (; o + items <= n; o += items) {
    std::byte *at_h = reinterpret_cast<std::byte*>(shift + o), *at_s = reinterpret_cast<std::byte*>(s + o),
              *at_q = reinterpret_cast<std::byte*>(q + o), *at_c = reinterpret_cast<std::byte*>(counts + o);
    F64 h0{}, h1{}, h2{}, h3{}, h4{}, h5{}, h6{}, h7{}, s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{};
    F64 q0{}, q1{}, q2{}, q3{}, q4{}, q5{}, q6{}, q7{}, c0{}, c1{}, c2{}, c3{}, c4{}, c5{}, c6{}, c7{};
#define M(k)                                                                    \
  s##k = (F64)load(at_s, k);                                                    \
  if constexpr (squares) h##k = (F64)load(at_h, k), q##k = (F64)load(at_q, k);  \
  if constexpr (skips) c##k = (F64)load(at_c, k);
    TESSERA_EACH(K, M)
#undef M
    const std::byte* p = from + o * item;
    std::int64_t r = rows;
    do {
#pragma GCC unroll 8
      for (int line = 0; line < items * item; line += 64) __builtin_prefetch(p + ahead + line);
#define M(k)                                                                                            \
  {                                                                                                     \
    const F64 x = widened<double, A>(p + k * register_items * item);                                    \
    if constexpr (squares && skips) h##k = (I64)(absolute(x) <= largest) & (I64)(c##k == F64{}) ? x : h##k; \
    F64 d = squares ? x - h##k : x;                                                                     \
    if constexpr (skips) {                                                                              \
      c##k += (I64)(x == x) ? one : F64{};                                                              \
      d = skip_unless((I64)(x == x), d);                                                                \
    }                                                                                                   \
    s##k += d;                                                                                          \
    if constexpr (squares) q##k += d * d;                                                               \
  }
      TESSERA_EACH(K, M)
#undef M
      p += stride;
    } while (--r > 0);
#define M(k)                                                                     \
  save(at_s, k, (V)s##k);                                                        \
  if constexpr (squares) save(at_q, k, (V)q##k);                                 \
  if constexpr (squares && skips) save(at_h, k, (V)h##k);                        \
  if constexpr (skips) save(at_c, k, (V)c##k);
    TESSERA_EACH(K, M)
#undef M
  }
  for (std::int64_t r = 0; r < rows && o < n; r++) {
    const std::byte* p = from + r * stride;
#pragma GCC ivdep
    for (std::int64_t i = o; i < n; i++) {
      const double x = static_cast<double>(item_at<A>(p, i));
      if constexpr (squares && skips) shift[i] = __builtin_fabs(x) <= largest_double && counts[i] == 0 ? x : shift[i];
      double d = squares ? x - shift[i] : x;
      if constexpr (skips) {
        counts[i] += x == x ? 1.0 : 0.0;
        d = x == x ? d : -0.0;
      }
      s[i] += d;
      if constexpr (squares) q[i] += d * d;
    }
  }
}

/// Doubles i ... of an array; `left` of them are there.
inline F64 doubles(const double* p, std::int64_t i, std::int64_t left) { return load_some<double>(reinterpret_cast<const std::byte*>(p + i), left); }
inline void put(double* p, std::int64_t i, std::int64_t left, F64 v) { save_some<double>(reinterpret_cast<std::byte*>(p + i), left, v); }

/// 1 / n for a power of two, 0 for others.
inline double inverse_of_power(double n) {
  const auto whole = static_cast<std::uint64_t>(n);
  return n >= 1 && (whole & (whole - 1)) == 0 ? 1 / n : 0;
}
/// Shifted sums of n outputs become means and M2, in place of s and q; counts[i * step] elements stand behind output i.
inline void finish_moments(std::int64_t n, const double* shift, double* s, double* q, const double* counts, std::int64_t step) {
  const F64 none{};
  // A power of two divides as its inverse multiplies, to the last bit. Most chunks are as long; divisions cost a tenth of all.
  const double inverse = step ? 0 : inverse_of_power(counts[0]);
  for (std::int64_t i = 0; i < n; i += width / 8) {
    const std::int64_t left = n - i;
    const F64 count = step ? doubles(counts, i, left) : none + counts[0];
    const F64 sum = doubles(s, i, left), part = inverse != 0 ? sum * inverse : sum / count, mean = doubles(shift, i, left) + part;
    // Squares that overflow make an infinite variance, not inf - inf; infinite elements show in their sum, and give NaN.
    const F64 squares = doubles(q, i, left), infinity = none + __builtin_inf();
    const F64 m2 = (squares == infinity) & (absolute(sum) < infinity) ? squares : squares - sum * part;
    put(s, i, left, count == none ? none : mean);
    put(q, i, left, (count == none) | (m2 < none) ? none : m2);  // a NaN stays one
  }
}

/// The same of one output.
inline void finish_one(double n, double shift, double sum, double squares, double* mean, double* m2) {
  const double inverse = inverse_of_power(n), part = inverse != 0 ? sum * inverse : sum / n;
  const double rest = (squares == __builtin_inf()) & (__builtin_fabs(sum) < __builtin_inf()) ? squares : squares - sum * part;
  *mean = shift + part;
  *m2 = rest < 0 ? 0 : rest;
}

// delta = mb - ma; mean = ma + delta * (nb / n); M2 = M2a + M2b + delta * delta * (na * nb / n). Where a mean is infinite the sum of
// both says what becomes of it: infinity stays, opposite ones make NaN.
struct MeanAndM2 {
  F64 mean, m2;
};
inline MeanAndM2 chan(MeanAndM2 a, MeanAndM2 b, F64 share, F64 weight) {
  const F64 delta = b.mean - a.mean;
  return {absolute(delta) <= F64{} + largest_double ? a.mean + delta * share : a.mean + b.mean, (a.m2 + b.m2) + (delta * delta) * weight};
}
inline void combine_moments(std::int64_t n, double* mean, double* m2, const double* from_mean, const double* from_m2, double na, double nb) {
  if (nb == 0) return;
  if (na == 0) {
    for (std::int64_t i = 0; i < n; i++) mean[i] = from_mean[i], m2[i] = from_m2[i];
    return;
  }
  const F64 share = F64{} + nb / (na + nb), weight = F64{} + na * nb / (na + nb);
  for (std::int64_t i = 0; i < n; i += width / 8) {
    const std::int64_t left = n - i;
    const MeanAndM2 r = chan({doubles(mean, i, left), doubles(m2, i, left)}, {doubles(from_mean, i, left), doubles(from_m2, i, left)}, share, weight);
    put(mean, i, left, r.mean);
    put(m2, i, left, r.m2);
  }
}
/// States of nan_moments: n counts, n means, n M2.
inline void combine_nan_moments(std::int64_t n, double* into, const double* from) {
  const F64 none{};
  for (std::int64_t i = 0; i < n; i += width / 8) {
    const std::int64_t left = n - i;
    const F64 na = doubles(into, i, left), nb = doubles(from, i, left), all = na + nb;
    const MeanAndM2 a = {doubles(into + n, i, left), doubles(into + 2 * n, i, left)}, b = {doubles(from + n, i, left), doubles(from + 2 * n, i, left)};
    const MeanAndM2 r = chan(a, b, nb / all, na * nb / all);
    put(into, i, left, all);
    put(into + n, i, left, nb == none ? a.mean : na == none ? b.mean : r.mean);
    put(into + 2 * n, i, left, nb == none ? a.m2 : na == none ? b.m2 : r.m2);
  }
}
/// 64 lanes of sums by halves into the first.
inline void fold_sums(double* lane) { fold_registers<VAdd, double>(reinterpret_cast<std::byte*>(lane)); }

/// 64 lanes in eight registers, by halves.
inline double folded(F64 a0, F64 a1, F64 a2, F64 a3, F64 a4, F64 a5, F64 a6, F64 a7) {
  F64 a = ((a0 + a4) + (a2 + a6)) + ((a1 + a5) + (a3 + a7));
#pragma GCC unroll 4
  for (int half = width / 16; half > 0; half /= 2) {
    V from{};
    for (int l = 0; l < width / 8; l++) from[l] = (l + half) % (width / 8);
    a += shuffle(a, from);
  }
  return a[0];
}
/// A leaf of n elements that lie together: its mean and M2. Most of its time went into what stands around the loop when the lanes
/// went through memory (rows of 1024 elements).
template <class A> void moments_row(std::int64_t n, const std::byte* from, double shift, double* mean, double* m2) {
  double sum, squares;
  if (moment_items == lanes && n % lanes == 0) {
    constexpr std::int64_t item = sizeof(A), register_items = width / 8, step = lanes * item, ahead = 8192;
    const F64 shifts = F64{} + shift;
    F64 s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, q0{}, q1{}, q2{}, q3{}, q4{}, q5{}, q6{}, q7{};
    const std::byte *p = from, *end = from + n * item;
    do {
#pragma GCC unroll 8
      for (int line = 0; line < step; line += 64) __builtin_prefetch(p + ahead + line);
#define M(k)                                                                    \
  {                                                                             \
    const F64 d = widened<double, A>(p + k * register_items * item) - shifts;   \
    s##k += d;                                                                  \
    q##k += d * d;                                                              \
  }
      TESSERA_EACH(8, M)
#undef M
      p += step;
    } while (p < end);
    sum = folded(s0, s1, s2, s3, s4, s5, s6, s7);
    squares = folded(q0, q1, q2, q3, q4, q5, q6, q7);
  } else {
    alignas(64) double s[lanes] = {}, q[lanes] = {};
    moments_along<A, false>(n, from, shift, s, q, s);
    fold_sums(s);
    fold_sums(q);
    sum = s[0];
    squares = q[0];
  }
  finish_one(static_cast<double>(n), shift, sum, squares, mean, m2);
}
template <class A> void moment_shifts(std::int64_t n, const std::byte* from, double* shift) {
  constexpr std::int64_t items = width / 8;
  std::int64_t i = 0;
  for (; i + items <= n; i += items) {
    const F64 x = widened<double, A>(from + i * static_cast<std::int64_t>(sizeof(A)));
    save(reinterpret_cast<std::byte*>(shift + i), 0, (V)(absolute(x) <= F64{} + largest_double ? x : F64{}));
  }
  for (; i < n; i++) {
    const double x = static_cast<double>(item_at<A>(from, i));
    shift[i] = __builtin_fabs(x) <= largest_double ? x : 0.0;
  }
}

template <class A> inline constexpr MomentFunctions moment_functions = {
    &moments_along<A, false>,  &moments_along<A, true>,  &moments_across<A, false>,
    &moments_across<A, true>, &moments_along<A, true, Sums::values>, &moments_across<A, true, Sums::values>, &moments_row<A>, &moment_shifts<A>, finish_moments, fold_sums};
inline const MomentFunctions* find_moments(DType from) {
  return from == DType::float64 ? &moment_functions<double> : from == DType::float32 ? &moment_functions<float> : nullptr;
}
